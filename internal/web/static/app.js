// Small helps for pages that are complete without them.
import { copyButtons } from "./copy.js";
import { dropFields } from "./drop.js";
import { refreshing } from "./progress.js";

copyButtons(document);
dropFields(document);
refreshing(document);

// After a form came back with something to mend, begin at the summary.
document.querySelector("[data-focus]")?.focus();

// On a phone the menu closes when Escape is pressed.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector(".menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
