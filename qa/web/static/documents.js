// Adds files to the documents, one after another, says how far each is, and shows the list anew.
(() => {
  const section = document.getElementById("adding");
  const files = document.getElementById("files");
  const drop = document.getElementById("drop");
  const added = document.getElementById("added");
  const said = document.getElementById("adding-said");
  const most = Number(section.dataset.most) * 1024 * 1024;
  const words = JSON.parse(section.dataset.words);
  let last = Promise.resolve();

  section.hidden = false;

  // Each by itself: of a text that is replaced at once nobody hears.
  const say = (said_) => {
    const line = document.createElement("p");
    line.textContent = said_;
    said.append(line);
    while (said.children.length > 5) said.firstElementChild.remove();
  };

  const line = (name) => {
    const item = document.createElement("li");
    const what = document.createElement("bdi");
    const bar = document.createElement("progress");
    const state = document.createElement("span");
    what.textContent = name;
    bar.setAttribute("aria-label", name);
    state.textContent = words.waits;
    item.append(what, bar, state);
    added.prepend(item);
    return { item, bar, state };
  };

  // What the server says of a file, line by line as it comes; resolves with the last line.
  const put = (file, replace, { bar, state }) =>
    new Promise((done) => {
      const request = new XMLHttpRequest();
      const address = `/api/v1/documents/${encodeURIComponent(file.name)}`;
      let read = 0;
      let latest = {};
      const follow = () => {
        const end = request.responseText.lastIndexOf("\n") + 1;
        const lines = request.responseText.slice(read, end).split("\n").filter(Boolean);
        read = end;
        lines.forEach((each) => {
          latest = JSON.parse(each);
          if (!latest.stage) return;
          bar.max = latest.total || 1;
          bar.value = latest.done;
          state.textContent = words[latest.stage] || latest.stage;
        });
      };
      request.open("PUT", replace ? `${address}?replace=true` : address);
      request.upload.onprogress = (event) => {
        bar.max = event.total || 1;
        bar.value = event.loaded;
        state.textContent = words.sent;
      };
      request.onprogress = () => request.status === 200 && follow();
      request.onload = () => {
        if (request.status === 200) {
          follow();
          done({ ...latest, status: 200 });
          return;
        }
        let why = words.why;
        try { why = JSON.parse(request.responseText).error; } catch { /* no line of ours */ }
        done({ error: why, status: request.status });
      };
      request.onerror = () => done({ error: words.lost, status: 0 });
      request.send(file);
    });

  const list = async () => {
    const page = await (await fetch(window.location.href)).text();
    const anew = new DOMParser().parseFromString(page, "text/html").getElementById("documents");
    if (anew) document.getElementById("documents").replaceWith(document.importNode(anew, true));
  };

  const ended = ({ item, bar, state }, file, outcome) => {
    bar.remove();
    const fine = outcome.added !== undefined;
    state.textContent = fine ? words.added : `${words.refused}: ${outcome.error || words.why}`;
    say(`${file.name} ${state.textContent}`);
    if (outcome.status !== 409) return;
    const again = document.createElement("button");
    again.type = "button";
    again.textContent = words.replace;
    again.setAttribute("aria-label", `${words.replaces} ${file.name}`);
    again.onclick = () => {
      const had = document.activeElement === again;
      item.remove();
      queue(file, true);
      if (had) files.focus();
    };
    item.append(again);
  };

  const queue = (file, replace) => {
    const shown = line(file.name);
    last = last.then(async () => {
      if (file.size > most) {
        ended(shown, file, { error: `${words.large} ${section.dataset.most} MB`, status: 413 });
        return;
      }
      say(`${file.name} ${words.begun}`);
      const outcome = await put(file, replace, shown);
      ended(shown, file, outcome);
      if (outcome.added !== undefined) await list().catch(() => {});
    });
  };

  files.onchange = () => {
    [...files.files].forEach((file) => queue(file, false));
    files.value = "";
  };
  ["dragenter", "dragover"].forEach((name) => drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  }));
  ["dragleave", "drop"].forEach((name) => drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.remove("over");
  }));
  drop.addEventListener("drop", (event) => {
    [...event.dataTransfer.files].forEach((file) => queue(file, false));
  });
})();
