"""PET: standardised uptake values, and the lesions measured in them."""
