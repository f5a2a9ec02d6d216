// --- what a reader says of an answer: right, wrong, or a source that it lacks -----------------
//
// Marks stay in this browser with the conversation; pressing one again takes it back. A wrong
// answer may be given what a right one holds, a missing source where it stands.

const marking = (() => {
  const SAID = { right: "Marked right.", wrong: "Marked wrong.", missing: "Marked as missing a source." };
  let count = 0;

  function numberOf(article) { return article && article.dataset.turn ? Number(article.dataset.number) : 0; }

  // The buttons say what is marked; they are drawn anew with their answer.
  function press() {
    for (const article of log.querySelectorAll("article.turn[data-turn]")) {
      const mark = keeping.markOf(numberOf(article));
      for (const button of article.querySelectorAll("[data-mark]")) {
        const on = String(Boolean(mark && mark.mark === button.dataset.mark));
        if (button.getAttribute("aria-pressed") !== on) button.setAttribute("aria-pressed", on);
      }
      const note = article.querySelector(".mark-note");
      const form = article.querySelector("form.marking");
      if (form && (!mark || mark.mark !== form.dataset.for)) form.remove();
      const words = mark && !article.querySelector("form.marking") ? told(mark) : "";
      if (note && note.textContent !== words) note.textContent = words;
      else if (!note && words) article.querySelector(".actions").after(made("p", "mark-note", words));
    }
  }

  // What was said beside the mark, in words.
  function told(mark) {
    if (mark.mark === "wrong" && mark.unanswered) return "You marked this wrong: the documents do not say.";
    if (mark.mark === "wrong" && mark.holds) return `You marked this wrong. A right answer holds: ${mark.holds}`;
    const parts = [titled(mark.document), mark.page && `page ${mark.page}`, mark.words && `“${mark.words}”`].filter(Boolean);
    return mark.mark === "missing" && parts.length ? `You marked a source as missing: ${parts.join(", ")}` : "";
  }

  function titled(uri) {
    const found = uri && boxes().find((one) => one.value === uri);
    return found ? labelOf(found) : uri;
  }

  function labelOf(field) { return field.closest("label").textContent.replace(/\s+/g, " ").trim(); }

  // --- the small form ---------------------------------------------------------------------------

  function field(form, kind, name, label) {
    const whole = made("label", kind === "checkbox" ? "tick" : "", kind === "checkbox" ? "" : label);
    const one = made(kind === "select" ? "select" : "input");
    if (kind !== "select") one.type = kind;
    if (kind === "text") {
      one.maxLength = 2000;
      one.autocomplete = "off";
    }
    one.name = name;
    whole.append(one);
    if (kind === "checkbox") whole.append(` ${label}`);
    form.append(whole);
    return one;
  }

  function option(value, words) {
    const one = made("option", "", words);
    one.value = value;
    return one;
  }

  const ELSEWHERE = "\u0000"; // no document is called that

  function wrongFields(form, mark) {
    const holds = field(form, "text", "holds", "What does a right answer hold? A number, a name, a few words");
    const none = field(form, "checkbox", "unanswered", "The documents do not say");
    holds.value = mark.holds || "";
    none.checked = mark.unanswered === true;
  }

  function missingFields(form, mark) {
    const all = boxes();
    const choice = field(form, "select", "document", "Which document?");
    choice.append(option("", "Not said"), ...all.map((one) => option(one.value, labelOf(one).slice(0, 120))), option(ELSEWHERE, "One that is not here"));
    const known = !mark.document || all.some((one) => one.value === mark.document);
    choice.value = known ? mark.document || "" : ELSEWHERE;
    const other = field(form, "text", "other", "What is it called?");
    other.value = known ? "" : mark.document;
    field(form, "text", "page", "Page").value = mark.page || "";
    field(form, "text", "words", "Words that stand there").value = mark.words || "";
  }

  // What one field makes of the others. What is chosen is marked as such in the form itself, as a
  // turn is drawn anew, and its form with it, when the next question is asked.
  function follow(form) {
    const { holds, unanswered, document: choice, other } = form.elements;
    if (holds) holds.disabled = unanswered.checked;
    if (!choice) return;
    other.parentElement.hidden = choice.value !== ELSEWHERE;
    for (const one of choice.options) one.toggleAttribute("selected", one.selected);
  }

  function read(form) {
    const said = (name) => { const one = form.elements[name]; return one ? one.value.trim() : ""; };
    const kind = form.dataset.for;
    if (kind === "wrong") {
      const unanswered = form.elements.unanswered.checked;
      return unanswered ? { mark: kind, unanswered } : { mark: kind, holds: said("holds") };
    }
    const { value } = form.elements.document;
    return { mark: kind, document: value === ELSEWHERE ? said("other") : value, page: said("page"), words: said("words") };
  }

  function unfold(article, kind, mark) {
    const form = made("form", "marking");
    form.dataset.for = kind;
    form.noValidate = true;
    const title = made("p", "", kind === "wrong" ? "Marked wrong. If you like, say more:" : "A source is missing. If you like, say which:");
    title.id = `marking-${count += 1}`;
    form.setAttribute("aria-labelledby", title.id);
    form.append(title);
    (kind === "wrong" ? wrongFields : missingFields)(form, mark);
    const row = made("div", "row");
    row.append(made("button", "", "Save"), pressable("Close", "leave"));
    form.append(row);
    article.querySelector(".actions").after(form);
    follow(form);
    form.elements[0].focus({ preventScroll: true });
    form.scrollIntoView({ behavior: glide(), block: "nearest" });
  }

  function done(form) {
    const article = form.closest("article.turn");
    const button = article.querySelector(`[data-mark="${form.dataset.for}"]`);
    form.remove();
    if (button) button.focus();
    press();
  }

  // --- what is pressed, written and saved -------------------------------------------------------

  document.addEventListener("click", (event) => {
    const at = event.target instanceof Element ? event.target : null;
    const button = at && at.closest(".actions [data-mark]");
    if (button) {
      const article = button.closest("article.turn");
      const number = numberOf(article);
      if (!number) return;
      const kind = button.dataset.mark;
      const before = keeping.markOf(number);
      for (const form of article.querySelectorAll("form.marking")) form.remove();
      if (before && before.mark === kind) {
        keeping.mark(number, null);
        say("The mark is taken back.");
      } else {
        keeping.mark(number, { mark: kind });
        say(`${SAID[kind]} It stays in this browser.`);
        if (kind !== "right") unfold(article, kind, {});
      }
      press();
    } else if (at && at.closest("form.marking .leave")) done(at.closest("form.marking"));
  });
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!(form instanceof Element) || !form.matches("form.marking")) return;
    event.preventDefault();
    const number = numberOf(form.closest("article.turn"));
    const mark = read(form);
    done(form);
    say((await keeping.mark(number, mark)) ? "Saved in this browser." : "Saved until this tab is closed.");
  });
  document.addEventListener("keydown", (event) => {
    const form = event.key === "Escape" && event.target instanceof Element && event.target.closest("form.marking");
    if (form) done(form);
  });
  log.addEventListener("change", (event) => {
    const form = event.target instanceof Element && event.target.closest("form.marking");
    if (form) follow(form);
  });

  keeping.listen(press);
  new MutationObserver(press).observe(log, { childList: true, subtree: true });
  return { press };
})();
