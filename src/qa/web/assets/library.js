// --- the list of documents: adding by dropping or choosing, removing after a question ----------
//
// Names of files and what the server says of them are shown with textContent, never as markup.

const STAGES = { reading: "Reading pages", encoding: "Encoding passages", writing: "Writing" };
const results = made("ul", "results"); // kept while the list is drawn anew around it
let queue = Promise.resolve();
let waiting = 0;

// The parts that belong to the list, where the pane shows it.
function library(shown) {
  const place = shown.querySelector(".adding .results");
  if (!place) return;
  results.setAttribute("aria-label", "Added files");
  place.replaceWith(results);
}

// The list is fetched again, where it is shown, and the page's own choice and examples too.
async function refresh() {
  freshen();
  if (!dialog.open || !pane.querySelector(".library")) return;
  const fresh = made("template");
  try { fresh.innerHTML = await served("read", {}); } catch { return; } // the list stands as it was
  for (const part of [".listing", "#reader-title"]) {
    const old = pane.querySelector(`.library ${part}`);
    const now = fresh.content.querySelector(part);
    if (!old || !now) continue;
    const focused = document.activeElement === old;
    old.replaceWith(now);
    if (focused) now.focus();
  }
}

function addFiles(files) {
  const form = pane.querySelector(".adding");
  if (!form || !files.length) return;
  const said = (name) => form.querySelector(`[data-${name}]`).value.trim();
  const meta = { title: files.length === 1 ? said("title") : "", review: said("review") };
  const password = said("password");
  for (const file of files) {
    const row = made("li", "result");
    row.append(made("strong", "", file.name), made("span", "state", "Waiting"));
    results.append(row);
    const problem = unfit(file, form.dataset);
    if (problem) finish(row, "failed", [{ state: "failed", text: problem }]);
    else {
      waiting += 1;
      queue = queue.then(() => addOne(file, meta, password, row)).finally(() => { waiting -= 1; });
    }
  }
  for (const field of form.querySelectorAll("input")) field.value = "";
}

// Why the file is not worth sending, or "".
function unfit(file, { kinds, megabytes }) {
  const dot = file.name.lastIndexOf(".");
  const ending = dot < 0 ? "" : file.name.slice(dot).toLowerCase();
  if (!kinds.split(",").includes(ending)) {
    return `${file.name} was not added: files ending in ${ending || "nothing"} are not read. The endings read are ${kinds.split(",").join(", ")}.`;
  }
  if (file.size > megabytes * 1e6) {
    return `${file.name} was not added: it has ${Math.ceil(file.size / 1e6)} MB, and the limit is ${megabytes} MB.`;
  }
  return "";
}

async function addOne(file, meta, password, row) {
  const state = row.querySelector(".state");
  const bar = made("progress");
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", `Progress of ${file.name}`);
  row.append(bar);
  let stage = "";
  const step = (name, label, done, total) => {
    if (name !== stage) tell(`${file.name}: ${label}`); // each stage once, not each step of it
    stage = name;
    state.textContent = total > 1 ? `${label}: ${done} of ${total}` : label;
    if (total) bar.value = done / total; else bar.removeAttribute("value");
  };
  const last = await send(file, meta, password, step);
  bar.remove();
  if (last.said) finish(row, last.said[0] ? last.said[0].state : "unchanged", last.said);
  else {
    const hint = last.hint ? ` (${last.hint})` : "";
    finish(row, "failed", [{ state: "failed", text: `${file.name} was not added: ${last.error}${hint}` }]);
  }
  await refresh();
}

function finish(row, state, said) {
  row.classList.add(state);
  row.querySelector(".state").textContent = { added: "Added", changed: "Replaced", unchanged: "Unchanged" }[state] || "Not added";
  for (const { state: kind, text } of said) row.append(made("p", kind, text));
  tell(said.map(({ text }) => text).join(" "));
}

// The file is sent as it is; the answer's lines tell how far it has come. XMLHttpRequest, as
// fetch cannot say how much of a body is sent.
function send(file, meta, password, step) {
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    const query = new URLSearchParams({ name: file.name });
    for (const [name, value] of Object.entries(meta)) if (value) query.set(name, value);
    request.open("POST", `library/add?${query}`);
    request.setRequestHeader("X-QA", "1");
    request.setRequestHeader("Content-Type", "application/octet-stream");
    if (password) request.setRequestHeader("X-QA-Password", encodeURIComponent(password));
    let read = 0;
    let last = null;
    const lines = () => {
      for (let end; (end = request.responseText.indexOf("\n", read)) >= 0; read = end + 1) {
        const line = JSON.parse(request.responseText.slice(read, end));
        if (line.stage) step(line.stage, STAGES[line.stage] || line.stage, line.done, line.total);
        else last = line;
      }
    };
    request.upload.onprogress = (event) => step("sending", "Sending", event.loaded / event.total, 1);
    request.onprogress = () => { if (request.status === 200) lines(); };
    request.onload = () => {
      try {
        if (request.status === 200) lines(); else last = JSON.parse(request.responseText);
      } catch { /* said below */ }
      done(last || { error: "the server broke off", hint: "look at its log" });
    };
    request.onerror = () => done({ error: "the server did not answer", hint: "is it still running?" });
    request.send(file);
  });
}

// --- removing ---------------------------------------------------------------------------------

async function removeDocument(button) {
  const row = button.closest("li");
  for (const one of row.querySelectorAll("button")) one.disabled = true;
  const title = row.querySelector(".read").textContent;
  let said;
  try {
    const answer = await fetch(`library/remove?${new URLSearchParams({ uri: button.dataset.uri })}`, { method: "POST", headers: { "X-QA": "1" } });
    const told = await answer.json();
    said = answer.ok ? "" : `${told.error}${told.hint ? ` (${told.hint})` : ""}`;
  } catch { said = "the server did not answer"; }
  const words = said ? `“${title}” was not removed: ${said}` : `“${title}” was removed.`;
  const line = made("li", said ? "result failed" : "result removed");
  line.append(made("p", "", words));
  results.append(line);
  const heading = $("reader-title"); // the button that had the focus goes with its row
  if (heading) heading.focus();
  await refresh();
  tell(words);
}

dialog.addEventListener("click", (event) => {
  const button = event.target instanceof Element && event.target.closest("button");
  if (!button) return;
  const row = button.closest("li");
  if (button.matches(".remove, .keep")) {
    const open = button.matches(".remove") && row.querySelector(".sure").hidden;
    row.querySelector(".sure").hidden = !open;
    row.querySelector(".remove").setAttribute("aria-expanded", String(open));
    row.querySelector(open ? ".keep" : ".remove").focus();
  } else if (button.matches(".really")) removeDocument(button);
});
dialog.addEventListener("change", (event) => {
  if (event.target.matches("#add-files")) addFiles([...event.target.files]);
});
for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
  dialog.addEventListener(name, (event) => {
    if (!event.dataTransfer || ![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault(); // or the browser would open the file in place of this page
    const drop = pane.querySelector(".drop");
    if (!drop) return;
    drop.classList.toggle("over", name === "dragenter" || name === "dragover");
    if (name === "drop") addFiles([...event.dataTransfer.files]);
  });
}
addEventListener("beforeunload", (event) => { if (waiting) event.preventDefault(); });
