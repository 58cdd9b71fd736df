"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const data = JSON.parse($("data").textContent);
  const root = document.documentElement;

  // Colours: by the system, unless the reader chose. A page opened from disk may not be allowed to remember it.
  const theme = document.querySelector(".theme");
  theme.hidden = false;
  const remembered = (() => { try { return localStorage.getItem("coadapt-theme"); } catch { return null; } })();
  const dress = (name) => { if (name === "auto") delete root.dataset.theme; else root.dataset.theme = name; };
  for (const input of theme.querySelectorAll("input")) {
    if (input.value === remembered) { input.checked = true; dress(remembered); }
    input.addEventListener("change", () => {
      dress(input.value);
      try { localStorage.setItem("coadapt-theme", input.value); } catch { /* it is not remembered, and still works */ }
    });
  }

  // Tables: a button in each heading sorts, a field above filters.
  const compare = (a, b) => {
    if (a === b) return 0;
    if (a === null || a === "") return 1;
    if (b === null || b === "") return -1;
    return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
  };
  const number = (text) => text === undefined ? null : text === "-inf" ? -Infinity : text === "inf" ? Infinity : Number(text);
  const sortable = (heading, sort) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = heading.textContent;
    heading.replaceChildren(button);
    button.addEventListener("click", () => {
      const numbers = heading.classList.contains("n");
      const now = heading.getAttribute("aria-sort");
      const next = now === null ? (numbers ? "descending" : "ascending") : now === "ascending" ? "descending" : "ascending";
      for (const other of heading.parentNode.children) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", next);
      sort(next === "ascending" ? 1 : -1);
    });
  };
  for (const sheet of document.querySelectorAll(".sheet")) {
    const body = sheet.querySelector("tbody");
    const headings = [...sheet.querySelectorAll("thead th")];
    headings.forEach((heading, column) => sortable(heading, (sign) => {
      const key = (row) => heading.classList.contains("n") ? number(row.children[column].dataset.key) : row.children[column].firstChild.textContent;
      const keyed = [...body.children].map((row) => [key(row), row]);
      // What has no number stays at the end, whichever way the rest is turned.
      keyed.sort(([a], [b]) => a === null || b === null ? compare(a, b) : sign * compare(a, b));
      body.append(...keyed.map(([, row]) => row));
    }));
    const field = sheet.querySelector(".filter input");
    if (field) field.addEventListener("input", () => {
      const wanted = field.value.trim().toLowerCase();
      for (const row of body.children) row.hidden = !row.textContent.toLowerCase().includes(wanted);
    });
  }

  // The configuration of a run, or of an arm.
  const dialog = $("config");
  const facts = (pairs) => $("config-facts").replaceChildren(...pairs.filter(([, value]) => value !== "").flatMap(([name, value]) => {
    const dt = document.createElement("dt"), dd = document.createElement("dd");
    dt.textContent = name;
    dd.textContent = value;
    return [dt, dd];
  }));
  const show = (arm, task, run) => {
    const a = data.arms[arm], t = data.tasks[task];
    $("config-title").textContent = run ? `${a.label} on ${t.id}, seed ${run[2]}` : `${a.label} on ${t.id}`;
    $("config-remark").textContent = run ? data.remarks[run[7]] : "";
    facts(run ? [["State", run[3]], ["Score", run[4] === null ? "" : String(run[4])], ["Step", run[5].toLocaleString("en")],
      ["Commit", data.commits[run[6]]], ["MuJoCo", t.mujoco || ""], ["In the store", `${t.folder}/${run[8]}-s${run[2]}`]] : [["MuJoCo", t.mujoco || ""]]);
    const changed = [...a.set, ...data.budget.map((line) => `${line}   # by the budget`)];
    $("config-set").textContent = changed.length ? changed.join("\n") : "nothing";
    const head = `algo = ${JSON.stringify(a.algo)}\nenv = ${JSON.stringify(t.id)}\n${run ? `seed = ${run[2]}\n` : ""}steps = ${t.steps}\n\n`;
    $("config-text").textContent = head + data.recipes[data.recipeOf[arm][task]];
    dialog.showModal();
    dialog.scrollTop = 0;
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.recipe");
    if (button) show(Number(button.dataset.arm), Number(button.dataset.task), button.dataset.run ? data.runs[Number(button.dataset.run)] : null);
    if (event.target === dialog) dialog.close();
  });

  // The list of runs, a page of it at a time.
  const PAGE = 100;
  const body = document.querySelector("#runs-table tbody");
  const order = data.runs.map((_, i) => i);
  let page = 0;
  const options = (select, all, names) => {
    for (const [value, name] of [["", all], ...names]) select.add(new Option(name, value));
    select.addEventListener("change", () => { page = 0; draw(); });
  };
  options($("runs-arm"), "all", data.arms.map((arm, i) => [i, arm.label]));
  options($("runs-task"), "all", data.tasks.map((task, i) => [i, task.id]));
  options($("runs-state"), "all", [...new Set(data.runs.map((run) => run[3]))].map((state) => [state, state]));
  $("runs-search").addEventListener("input", () => { page = 0; draw(); });
  const score = (run) => run[3] === "\u2212\u221e" ? "\u2212\u221e" : run[4] === null ? data.nothing : run[4].toFixed(1).replace("-", "\u2212");
  const cells = (run) => [data.arms[run[0]].label, data.tasks[run[1]].id, String(run[2]), run[3], score(run), run[5].toLocaleString("en"), data.commits[run[6]].slice(0, 10)];
  const draw = () => {
    const [arm, task, state] = ["runs-arm", "runs-task", "runs-state"].map((id) => $(id).value);
    const wanted = $("runs-search").value.trim().toLowerCase();
    const found = order.filter((i) => {
      const run = data.runs[i];
      return (arm === "" || run[0] === Number(arm)) && (task === "" || run[1] === Number(task)) && (state === "" || run[3] === state)
        && (wanted === "" || [...cells(run), data.remarks[run[7]], run[8]].join(" ").toLowerCase().includes(wanted));
    });
    const pages = Math.max(1, Math.ceil(found.length / PAGE));
    page = Math.min(page, pages - 1);
    body.replaceChildren(...found.slice(page * PAGE, page * PAGE + PAGE).map((i) => {
      const run = data.runs[i];
      const row = document.createElement("tr");
      cells(run).forEach((text, column) => {
        const cell = document.createElement(column === 0 ? "th" : "td");
        if (column === 0) cell.scope = "row";
        if (column === 2 || column === 4 || column === 5) cell.className = "n";
        cell.textContent = text;
        if (column === 3 && data.remarks[run[7]]) {
          const small = document.createElement("small");
          small.textContent = data.remarks[run[7]];
          cell.append(small);
        }
        row.append(cell);
      });
      const last = document.createElement("td"), button = document.createElement("button");
      button.className = "recipe";
      button.type = "button";
      button.textContent = "config";
      button.setAttribute("aria-label", `configuration of ${data.arms[run[0]].label} on ${data.tasks[run[1]].id}, seed ${run[2]}`);
      Object.assign(button.dataset, { arm: run[0], task: run[1], run: i });
      last.append(button);
      row.append(last);
      return row;
    }));
    $("runs-count").textContent = `${found.length.toLocaleString("en")} of ${data.runs.length.toLocaleString("en")} runs`;
    $("runs-page").textContent = `Page ${page + 1} of ${pages}`;
    $("runs-before").disabled = page === 0;
    $("runs-after").disabled = page + 1 >= pages;
    document.querySelector(".pages").hidden = pages === 1;
  };
  $("runs-before").addEventListener("click", () => { page -= 1; draw(); });
  $("runs-after").addEventListener("click", () => { page += 1; draw(); });
  const keys = [(r) => data.arms[r[0]].label, (r) => r[1], (r) => r[2], (r) => r[3], (r) => r[3] === "\u2212\u221e" ? -Infinity : r[4], (r) => r[5], (r) => data.commits[r[6]]];
  [...document.querySelectorAll("#runs-table thead th")].slice(0, keys.length).forEach((heading, column) => sortable(heading, (sign) => {
    const key = (i) => keys[column](data.runs[i]);
    order.sort((i, j) => {
      const [a, b] = [key(i), key(j)];
      return a === null || b === null ? compare(a, b) : sign * compare(a, b);
    });
    draw();
  }));
  document.querySelector(".controls").hidden = false;
  draw();

  // Legends: pointing at a name brings its lines forward, choosing it hides them.
  for (const chart of document.querySelectorAll(".chart")) {
    const series = (key) => chart.querySelector(`.series[data-series="${key.dataset.series}"]`);
    for (const key of chart.querySelectorAll(".key")) {
      if (!series(key)) continue;
      key.setAttribute("tabindex", "0");
      key.setAttribute("role", "button");
      key.setAttribute("aria-pressed", "true");
      const lit = (on) => { chart.classList.toggle("lit", on); series(key).classList.toggle("on", on); };
      const flip = () => {
        const off = series(key).classList.toggle("off");
        key.classList.toggle("off", off);
        key.setAttribute("aria-pressed", String(!off));
      };
      key.addEventListener("pointerenter", () => lit(true));
      key.addEventListener("pointerleave", () => lit(false));
      key.addEventListener("click", flip);
      key.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === " ") { event.preventDefault(); flip(); }
      });
    }
  }

  // Served by `coadapt study watch`: ask now and then whether there is something new.
  if ("live" in root.dataset) {
    const said = document.querySelector(".live");
    said.textContent = "live";
    let known = null;
    setInterval(async () => {
      try {
        const stamp = await (await fetch("/stamp", { cache: "no-store" })).text();
        if (known !== null && stamp !== known && !dialog.open) location.reload();
        known = known ?? stamp;
        said.textContent = "live";
      } catch { said.textContent = "the server is gone; this is its last report"; }
    }, 5000);
  }
})();
