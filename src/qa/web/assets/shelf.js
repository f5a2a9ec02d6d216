// --- the conversations that are kept: opened, named, exported, deleted ------------------------
//
// Everything here is made with createElement and textContent: names come from the browser's
// storage, where anyone at this computer may have put them.

const FORMS_OF = [["markdown", "Markdown"], ["docx", "Word"], ["json", "JSON"]]; // a pack is of one answer
const ENDINGS = { markdown: "md", docx: "docx", json: "json", pack: "zip" };

function pressable(label, style, name) {
  const button = made("button", style, label);
  button.type = "button";
  if (name) button.setAttribute("aria-label", name);
  return button;
}

function several(count, one, many = `${one}s`) { return count === 1 ? `1 ${one}` : `${count} ${many}`; }

// --- exporting: the server makes the file of what is sent to it, and keeps nothing -------------

function namedFile(header, fallback) {
  const starred = /filename\*=utf-8''([^;]+)/i.exec(header || "");
  if (starred) try { return decodeURIComponent(starred[1]); } catch { /* the other one, then */ }
  const plain = /filename="?([^";]+)"?/i.exec(header || "");
  return plain ? plain[1] : fallback;
}

// The file that the server makes of it. Throws an Error that says in words why there is none.
async function fileOf(form, parcel) {
  let answer;
  try {
    answer = await fetch(`export?form=${form}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-QA": "1" },
      body: JSON.stringify(parcel),
    });
  } catch { throw new Error("the server did not answer"); }
  if (answer.ok) return { blob: await answer.blob(), name: namedFile(answer.headers.get("content-disposition"), `conversation.${ENDINGS[form] || "txt"}`) };
  const told = (await answer.text().catch(() => "")).slice(0, 500);
  throw new Error(plainly(told) || `the server answered ${answer.status}`);
}

// Where a request is turned away before it is looked at, the server says so in JSON.
function plainly(told) {
  try { return JSON.parse(told).detail || told; } catch { return told; }
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

// What came of it, in words.
async function exported(form, parcel) {
  const { blob, name } = await fileOf(form, parcel);
  save(blob, name);
  return `Saved as ${name}`;
}

// All that is marked, as one file of questions; a conversation that cannot be read does not keep
// the others from it.
async function exportedMarks(parcels) {
  const files = [];
  const problems = [];
  for (const [place, parcel] of parcels.entries()) {
    try {
      files.push((await fileOf("questions", { ...parcel, ids: `chat-${place + 1}` })).blob);
    } catch (error) { problems.push(`“${parcel.name}” is left out: ${error.message}.`); }
  }
  if (files.length) save(new Blob(files, { type: "application/jsonl" }), "questions.jsonl");
  return [files.length ? "Saved as questions.jsonl" : "Not exported", ...problems].join(". ");
}

// The press of a button that exports; it cannot be pressed twice meanwhile.
async function exporting(button, make, words) {
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true"); // not disabled: it would lose the focus
  words("Making the file …");
  try { words(await make()); } catch (error) { words(`Not exported: ${error.message}`); }
  button.removeAttribute("aria-disabled");
}

// One answer, from the menu under it.
document.addEventListener("click", (event) => {
  const button = event.target instanceof Element && event.target.closest(".actions [data-export]");
  if (!button) return;
  const article = button.closest("article.turn");
  const parcel = { name: article.querySelector(".question").textContent, turns: [article.dataset.turn] };
  exporting(button, () => exported(button.dataset.export, parcel), (words) => {
    say(words);
    let place = article.querySelector(".exported");
    if (!place) {
      place = made("p", "exported");
      button.closest(".actions").after(place);
    }
    place.textContent = words;
  });
});

// --- the view ---------------------------------------------------------------------------------

const shelfView = (() => {
  const WHEN = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
  let shown = null; // the dialog, made when it is opened and gone when it is closed
  let drawing = 0;
  let from = null;

  function said(text) {
    if (!shown) { say(text); return; }
    shown.querySelector(".outcome").textContent = text;
  }

  async function show() {
    if (shown) return;
    from = document.activeElement;
    shown = made("dialog", "reader shelf");
    shown.setAttribute("aria-labelledby", "shelf-title");
    const close = pressable("Close", "close");
    close.addEventListener("click", () => shown.close());
    const body = made("div", "pane");
    const title = made("h2", "", "Conversations");
    title.id = "shelf-title";
    title.tabIndex = -1;
    const head = made("header");
    head.append(title, made("p", "facts", "Conversations are kept in this browser only. What a question needs is sent to the server with it, and not kept there."));
    const outcome = made("p", "outcome");
    outcome.setAttribute("role", "status");
    body.append(head, toggle(), outcome, made("ul", "listing"), made("div", "foot"));
    const bar = made("div", "bar");
    bar.append(made("div", "slot"), close);
    shown.append(bar, body);
    shown.addEventListener("click", (event) => { if (event.target === shown) shown.close(); });
    shown.addEventListener("close", gone);
    document.querySelector(".gradio-container .contain").append(shown);
    shown.showModal();
    title.focus();
    await keeping.ready();
    await draw();
  }

  function gone() {
    shown.remove();
    shown = null;
    if (!from) return;
    const there = from.isConnected && from !== document.body; // what opened it may be gone
    (there ? from : document.querySelector("[data-conversations]")).focus({ preventScroll: true });
  }

  function toggle() {
    const whole = made("div", "keep-here");
    const label = made("label");
    const field = made("input");
    field.type = "checkbox";
    field.setAttribute("role", "switch");
    field.checked = keeping.wanted();
    field.setAttribute("aria-describedby", "keep-said");
    const told = made("p", "facts");
    told.id = "keep-said";
    field.addEventListener("change", async () => {
      await keeping.want(field.checked);
      said(field.checked ? "Conversations are kept from now on." : "Nothing is kept from now on.");
    });
    label.append(field, " Keep conversations in this browser");
    whole.append(label, told);
    return whole;
  }

  // --- the list -------------------------------------------------------------------------------

  async function draw() {
    const mine = ++drawing;
    const { items, strange, whole } = await keeping.list();
    // What is being renamed, or asked about, is left in peace; once that is done it is drawn anew.
    if (mine !== drawing || !shown || shown.querySelector(".renaming, .sure")) return;
    const here = place();
    const list = shown.querySelector(".listing");
    list.replaceChildren(...items.map(row));
    list.hidden = !items.length;
    const on = keeping.wanted();
    shown.querySelector(".keep-here input").checked = on;
    const kept = items.filter((item) => item.kept).length;
    shown.querySelector("#keep-said").textContent = on
      ? keeping.refused() && `${keeping.refused()}: conversations last until this tab is closed.`
      : `Off: what is asked now is forgotten when this tab is closed or loaded again.${kept ? ` ${several(kept, "conversation")} kept before ${kept === 1 ? "is" : "are"} still here.` : ""}`;
    foot(items, strange, whole);
    if (here) here();
  }

  // How what has the focus is found again, in a menu that is open.
  function place() {
    const focused = document.activeElement;
    const { what } = focused.dataset;
    if (!what || !shown.contains(focused)) return null;
    const whose = (one) => { const item = one.closest("li"); return item ? item.dataset.id : ""; };
    const [id, menu] = [whose(focused), focused.closest("details[open]")];
    return () => {
      const again = [...shown.querySelectorAll(`[data-what="${what}"]`)].find((one) => whose(one) === id);
      if (!again) { shown.querySelector("h2").focus(); return; }
      if (menu) again.closest("details").open = true;
      again.focus({ preventScroll: true });
    };
  }

  function facts(item) {
    return [
      several(item.turns, "question"),
      item.changed ? WHEN.format(item.changed) : "",
      item.marks ? `${item.marks} marked` : "",
      item.kept ? "" : "in this tab only",
      item.open ? "open now" : "",
    ].filter(Boolean).join(" · ");
  }

  function row(item) {
    const whole = made("li");
    whole.dataset.id = item.id;
    const open = pressable(item.name, "kept-name");
    open.dataset.what = "open";
    if (item.open) open.setAttribute("aria-current", "true");
    open.addEventListener("click", () => opening(item));
    const does = made("div", "does");
    const named = (label, what) => {
      const button = pressable(label, "", `${label} “${item.name}”`);
      button.dataset.what = what;
      does.append(button);
      return button;
    };
    const rename = named("Rename", "rename");
    rename.addEventListener("click", () => naming(item, whole, rename));
    does.append(menu(item));
    const remove = named("Delete", "delete");
    remove.setAttribute("aria-expanded", "false");
    remove.addEventListener("click", () => asking(whole, remove,
      `Delete “${item.name}” with its ${several(item.turns, "question")}? It cannot be brought back.`,
      () => removing(item)));
    whole.append(open, made("p", "facts", facts(item)), does);
    return whole;
  }

  function menu(item) {
    const menu = made("details", "menu exports");
    const label = made("summary", "", "Export");
    label.dataset.what = "export";
    label.setAttribute("aria-label", `Export “${item.name}”`);
    const group = made("div");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", `Export “${item.name}”`);
    for (const [form, name] of FORMS_OF) {
      const button = pressable(name);
      button.dataset.what = `export-${form}`;
      button.addEventListener("click", () => exporting(button, async () => {
        const { name: called, turns } = await keeping.parcel(item.id);
        return exported(form, { name: called, turns });
      }, said));
      group.append(button);
    }
    menu.append(label, group);
    return menu;
  }

  async function opening(item) {
    const problem = await keeping.open(item.id);
    if (problem) { said(problem); await draw(); return; }
    from = null;
    if (shown) shown.close();
    toNewest();
    say(`Opened “${item.name}”: ${several(item.turns, "question")}.`);
  }

  // --- renaming in its place: Enter keeps the name, Escape the old one ------------------------

  function naming(item, whole, button) {
    if (whole.querySelector("form")) return;
    const form = made("form", "renaming");
    const field = made("input");
    field.value = item.name;
    field.maxLength = 200;
    field.autocomplete = "off";
    field.setAttribute("aria-label", "Name of the conversation");
    const save = made("button", "", "Save");
    const cancel = pressable("Cancel");
    form.append(field, save, cancel);
    const old = whole.querySelector(".kept-name");
    old.hidden = true;
    old.after(form);
    field.focus();
    field.select();
    const done = async () => {
      form.remove();
      old.hidden = false;
      button.focus();
      await draw();
    };
    cancel.addEventListener("click", done);
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault(); // or the dialog would close
      event.stopPropagation();
      done();
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (!field.value.trim()) { field.focus(); return; }
      try {
        await keeping.rename(item.id, field.value);
        said("Renamed.");
      } catch { said("It could not be renamed: the browser did not keep the name."); }
      await done();
    });
  }

  // --- deleting, after a question -------------------------------------------------------------

  function asking(whole, button, question, act) {
    const before = whole.querySelector(".sure");
    const folded = () => {
      const now = whole.querySelector(".sure");
      if (now) now.remove();
      button.setAttribute("aria-expanded", "false");
    };
    if (before) { folded(); return; }
    const sure = made("div", "sure");
    sure.setAttribute("role", "group");
    sure.setAttribute("aria-label", question);
    const keep = pressable("Keep", "keep-it");
    const really = pressable("Delete", "really");
    keep.addEventListener("click", () => { folded(); button.focus(); draw(); });
    really.addEventListener("click", async () => {
      really.disabled = true;
      folded();
      try { await act(); } catch { said("It could not be deleted: the browser refused. Clear this site's data in the browser's settings."); }
      await draw();
      if (shown) shown.querySelector("h2").focus();
    });
    sure.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      keep.click();
    });
    sure.append(made("p", "", question), keep, really);
    whole.append(sure);
    button.setAttribute("aria-expanded", "true");
    keep.focus();
  }

  async function removing(item) {
    await keeping.remove(item.id);
    said(`“${item.name}” was deleted.`);
  }

  function foot(items, strange, whole) {
    const place = shown.querySelector(".foot");
    place.replaceChildren();
    if (strange) place.append(made("p", "facts", `${several(strange, "entry", "entries")} in this browser's storage could not be read and ${strange === 1 ? "is" : "are"} left out. “Delete all” removes ${strange === 1 ? "it" : "them"} too.`));
    if (!whole) place.append(made("p", "problem", "What this browser keeps could not be read. Load the page again to see it."));
    else if (!items.length) place.append(made("p", "facts none", "There are no conversations yet."));
    const marks = items.reduce((sum, item) => sum + item.marks, 0);
    if (marks) {
      const button = pressable(`Export ${several(marks, "marked answer")}`, "marked");
      button.dataset.what = "marked";
      button.addEventListener("click", () => exporting(button, async () => {
        const marked = items.filter((item) => item.marks);
        return exportedMarks(await Promise.all(marked.map((item) => keeping.parcel(item.id))));
      }, said));
      place.append(button, made("p", "facts", "As questions.jsonl, which qa eval runs. Marks are kept in this browser and are sent nowhere else."));
    }
    if (items.length || strange) {
      const button = pressable("Delete all", "delete-all");
      button.dataset.what = "delete-all";
      button.setAttribute("aria-expanded", "false");
      let what = "what could not be read? It";
      if (items.length === 1) what = "the conversation kept in this browser, with its marks? It";
      else if (items.length) what = `all ${items.length} conversations kept in this browser, with their marks? They`;
      button.addEventListener("click", () => asking(place, button, `Delete ${what} cannot be brought back.`,
        async () => {
          await keeping.removeAll();
          said("All conversations were deleted.");
        }));
      place.append(button);
    }
  }

  keeping.listen(() => { if (shown) draw(); });
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-conversations]");
    if (button) show();
  });
  return { show };
})();
