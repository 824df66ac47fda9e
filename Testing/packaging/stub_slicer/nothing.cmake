# Slicer writes an extension description and packages here.
