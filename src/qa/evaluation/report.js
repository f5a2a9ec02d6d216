"use strict";
// Without this the page holds the same, only unfiltered.
for (const list of document.querySelectorAll(".failing")) {
  const items = [...list.querySelectorAll("details")];
  if (items.length < 4) continue;
  const [filter] = list.getElementsByClassName("filter");
  const reason = filter.querySelector("select");
  const words = filter.querySelector("input");
  const shown = filter.querySelector("output");
  const show = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const item of items) {
      const text = item.textContent.toLowerCase();
      item.hidden =
        (reason.value && !item.dataset.why.split(" ").includes(reason.value)) ||
        !wanted.every((word) => text.includes(word));
      if (!item.hidden) count += 1;
    }
    shown.value = count === items.length ? "" : `${count} of ${items.length} shown`;
  };
  reason.addEventListener("change", show);
  words.addEventListener("input", show);
  filter.hidden = false;
}
