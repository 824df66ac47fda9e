if (!window.tumorResponseKeys) {
  window.tumorResponseKeys = true;
  window.addEventListener("keydown", (event) => {
    const at = event.target;
    const types = at.isContentEditable || at.tagName === "TEXTAREA" || at.tagName === "SELECT" ||
      (at.tagName === "INPUT" && !["checkbox", "radio", "range", "button"].includes(at.type));
    const inDialog = document.querySelector(".v-overlay--active .v-card") !== null;
    if (types || inDialog || event.altKey || event.metaKey || (event.repeat && ![",", "."].includes(event.key))) return;
    const key = (event.ctrlKey ? "ctrl+" : "") + event.key.toLowerCase();
    const ours = ["n", "p", "u", "r", "a", "f", "b", "e", "d", "x", "w", "escape", "[", "]", ",", ".", "m", "g", "s", "?",
      "ctrl+z", "ctrl+y"];
    if (!ours.includes(key)) return;
    event.preventDefault();
    window.trame.trigger("shortcut", [key]);
  }, true);
}
