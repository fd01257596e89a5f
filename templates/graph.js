"use strict";
// Only what is looked at is made: the list of a cluster when it is opened, the picture of a service when it is chosen.
const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const svgSpace = byId("space").namespaceURI;
const KINDS = { access: "may call", shift: "shift", mirror: "mirror", failover: "failover" };
const MOST = 200, MOST_DRAWN = 14;

/** What is asked of a graph by name. */
class Side {
  constructor(graph) {
    this.graph = graph;
    const { clusters, services, workloads, failovers } = graph;
    const named = (one) => `${clusters[one.cluster]}/${one.namespace}/${one.name}`;
    this.names = services.map(named);
    this.workloads = workloads.map(named);
    this.failovers = failovers.map((one) => `FailoverService ${one.name}`);
    this.position = new Map(this.names.map((name, at) => [name, at]));
    this.failoverPosition = new Map(this.failovers.map((name, at) => [name, at]));
    this.servicesOf = workloads.map(() => []);
    services.forEach((one, at) => (one.workloads || []).forEach((w) => this.servicesOf[w].push(at)));
    this.texts = services.map((one, at) =>
      [this.names[at], ...(one.workloads || []).map((w) => this.workloads[w])].join(" ").toLowerCase());
    // Which services send requests to which others.
    this.sources = new Map();
    services.forEach((one, at) => this.routes(one).forEach((route) => {
      for (const to of route.to || []) this.source(to.service === undefined ? `f${to.failover}` : `s${to.service}`, at);
      if (route.mirror !== undefined) this.source(`s${route.mirror}`, at);
    }));
    failovers.forEach((one, at) => one.backing.forEach((to) => this.source(`b${to}`, at)));
  }
  source(key, at) {
    if (!this.sources.has(key)) this.sources.set(key, new Set());
    this.sources.get(key).add(at);
  }
  sourcesOf(key) { return [...(this.sources.get(key) || [])]; }
  routes(service) { return (service.tables || []).flatMap((table) => table.routes); }
  policy(at) { return this.graph.policies[at]; }
  set(at) { return this.graph.sets[at].map((cluster) => this.graph.clusters[cluster]); }
  /** The workloads among some callers. */
  callersOf(caller) {
    if (caller.account !== undefined) return caller.workloads || [];
    const isOne = ({ identity }) => {
      if (identity === undefined) return false;
      const [domain, rest] = [identity.slice(0, identity.indexOf("/ns/")), identity.slice(identity.indexOf("/ns/") + 4)];
      return (caller.domain === undefined || caller.domain === domain) &&
        (caller.namespace === undefined || caller.namespace === rest.slice(0, rest.indexOf("/sa/")));
    };
    if (!caller.found) caller.found = this.graph.workloads.flatMap((one, at) => isOne(one) ? [at] : []);
    return caller.found;
  }
  /** Who may call a service, as rows. */
  callers(service) {
    return (service.rules || []).flatMap((position) => {
      const rule = this.graph.rules[position];
      const by = this.policy(rule.policy);
      const row = (label, workloads) => ({ label, workloads, what: rule.what || "everything", by });
      if (!rule.callers.length) return [row("everyone", [])];
      return rule.callers.map((at) => {
        const caller = this.graph.callers[at];
        return row(caller.label, this.callersOf(caller).map((w) => ({ name: this.workloads[w], services: this.servicesOf[w].map((s) => this.names[s]) })));
      });
    });
  }
  /** The services that a service's workloads may call by name in a rule. */
  callees(at) {
    const mine = new Set(this.graph.services[at].workloads || []);
    if (!mine.size) return [];
    if (!this.graph.rules.length) return [];
    const rules = new Set(this.graph.rules.flatMap((rule, position) =>
      rule.callers.some((caller) => this.callersOf(this.graph.callers[caller]).some((w) => mine.has(w))) ? [position] : []));
    return this.graph.services.flatMap((one, to) => to !== at && (one.rules || []).some((rule) => rules.has(rule)) ? [to] : []);
  }
}

const after = new Side(data.after);
const before = data.before ? new Side(data.before) : null;
let side = after, chosen = null, query = "";
const shown = new Set([...data.after.clusters, ...(data.before ? data.before.clusters : [])]);
const kinds = new Set(Object.keys(KINDS));

function make(tag, attributes = {}, ...children) {
  const out = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") out.addEventListener("click", value); else if (value !== null) out.setAttribute(name, value);
  }
  out.append(...children.filter((child) => child !== null));
  return out;
}

function draw(tag, attributes = {}, ...children) {
  const out = document.createElementNS(svgSpace, tag);
  for (const [name, value] of Object.entries(attributes)) out.setAttribute(name, value);
  out.append(...children);
  return out;
}

/** Everything about a service as texts, to compare it with itself; but for files and lines, which move without any meaning. */
function signature(of, name) {
  const at = of.position.get(name);
  if (at === undefined) return null;
  const one = of.graph.services[at];
  const rows = [callerRows, routeRows, settingRows].map((rows) => rows(of, at).map((row) => row.slice(0, -1)));
  return JSON.stringify([one.access, one.ports, rows, of.set(one.knownIn)]);
}
const changes = new Map();
function isChanged(name) {
  if (!before) return false;
  if (!changes.has(name)) changes.set(name, signature(before, name) !== signature(after, name));
  return changes.get(name);
}

function callerRows(of, at) {
  return of.callers(of.graph.services[at]).map(({ label, workloads, what, by }) =>
    [label, workloads.map((w) => w.name).join(", "), what, by.policy, by.place || ""]);
}
function routeRows(of, at) {
  return (of.graph.services[at].tables || []).flatMap((table) => table.routes.map((route, order) => [
    of.set(table.clients).join(", "), `${order + 1}.`, route.when ? `requests ${route.when}` : "every request", route.does,
    route.policies.map((p) => of.policy(p).policy).join(", "), route.policies.map((p) => of.policy(p).place || "").join(", ")]));
}
function settingRows(of, at) {
  return (of.graph.services[at].settings || []).map((one) => [one.text, of.policy(one.policy).policy, of.policy(one.policy).place || ""]);
}

/** The rows of both versions, each with what became of it. */
function compared(rows, name) {
  const of = (which) => {
    const at = which && which.position.get(name);
    return at === undefined || at === null ? [] : rows(which, at);
  };
  const key = (row) => JSON.stringify(row.slice(0, -1));
  const mine = of(side);
  if (!before) return mine.map((row) => [row, ""]);
  const [old, now] = [new Set(of(before).map(key)), new Set(of(after).map(key))];
  const fate = (row) => !old.has(key(row)) ? "added" : !now.has(key(row)) ? "removed" : "";
  const gone = side === after ? of(before).filter((row) => !now.has(key(row))) : [];
  return [...mine, ...gone].map((row) => [row, fate(row)]);
}

function table(head, rows, name) {
  const found = compared(rows, name);
  if (!found.length) return null;
  const cell = (text, at, row) => make("td", at === row.length - 1 ? { class: "place" } : {}, text);
  return make("table", {}, make("thead", {}, make("tr", {}, ...head.map((text) => make("th", { scope: "col" }, text)))),
    make("tbody", {}, ...found.map(([row, fate]) => make("tr", { class: fate || null }, ...row.map(cell)))));
}

function matching(of) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const only = byId("changed") && byId("changed").checked;
  const out = new Map();
  of.texts.forEach((text, at) => {
    const cluster = of.graph.clusters[of.graph.services[at].cluster];
    if (!shown.has(cluster) || !words.every((word) => text.includes(word)) || (only && !isChanged(of.names[at]))) return;
    if (!out.has(cluster)) out.set(cluster, []);
    out.get(cluster).push(at);
  });
  return out;
}

function item(name, classes, title) {
  const short = name.split("/").slice(1).join("/") || name;
  return make("button", { type: "button", class: classes, title, "data-name": name, "aria-current": name === chosen ? "true" : null,
    onclick: () => choose(name) }, short);
}

function list() {
  const found = matching(side);
  let room = MOST;
  const groups = [...found].sort(([a], [b]) => a < b ? -1 : 1).map(([cluster, services]) => {
    const group = make("details", { "data-cluster": cluster }, make("summary", {}, `${cluster} (${services.length})`));
    const fill = () => {
      if (group.dataset.filled) return;
      group.dataset.filled = "1";
      for (const at of services.slice(0, MOST)) {
        const one = side.graph.services[at], name = side.names[at];
        const rules = (one.rules || []).length, routes = side.routes(one).length;
        group.append(item(name, `${one.access}${isChanged(name) ? " changed" : ""}`, `${name}: ${rules} rules, ${routes} routes`));
      }
      if (services.length > MOST) group.append(make("p", {}, `and ${services.length - MOST} more: search to see them`));
    };
    group.addEventListener("toggle", () => group.open && fill());
    if ((query || found.size === 1) && room > 0) {
      room -= services.length;
      fill();
      group.open = true;
    } else if (chosen && chosen.startsWith(`${cluster}/`)) {
      fill();
      group.open = true;
    }
    return group;
  });
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const failovers = side.failovers.filter((name) => words.every((word) => name.toLowerCase().includes(word)));
  if (failovers.length) {
    const group = make("details", {}, make("summary", {}, `FailoverServices (${failovers.length})`));
    group.append(...failovers.slice(0, MOST).map((name) => item(name, "", name)));
    group.open = Boolean(query);
    groups.push(group);
  }
  byId("list").replaceChildren(...(groups.length ? groups : [make("p", {}, "Nothing matches.")]));
}

function link(name) {
  const known = side.position.has(name) || side.failoverPosition.has(name);
  return known ? make("a", { href: `#${encodeURIComponent(name)}` }, name) : name;
}

/** The edges of a service or failover service: [kind, whether it is an incoming one, the other end, the label]. */
function edges(of, name) {
  const out = [];
  const failover = of.failoverPosition.get(name);
  if (failover !== undefined) {
    of.sourcesOf(`f${failover}`).forEach((at) => out.push(["shift", true, of.names[at], ""]));
    of.graph.failovers[failover].backing.forEach((to, order) => out.push(["failover", false, of.names[to], `${order + 1}.`]));
    return out;
  }
  const at = of.position.get(name);
  if (at === undefined) return out;
  const one = of.graph.services[at];
  for (const { label, workloads, what } of of.callers(one)) {
    const nodes = new Set(workloads.length ? workloads.map((w) => w.services[0] || w.name) : [label]);
    nodes.forEach((node) => node !== name && out.push(["access", true, node, what === "everything" ? "" : what]));
  }
  of.sourcesOf(`s${at}`).forEach((from) => from !== at && out.push(["shift", true, of.names[from], ""]));
  of.sourcesOf(`b${at}`).forEach((from) => out.push(["failover", true, of.failovers[from], ""]));
  for (const route of of.routes(one)) {
    for (const { service, failover, weight, subset, lost } of route.to || []) {
      const to = service !== undefined ? of.names[service] : failover !== undefined ? of.failovers[failover] : subset || "its own pods";
      out.push(["shift", false, to, `${weight} %${lost ? ", fails" : ""}${route.when ? `, ${route.when}` : ""}`]);
    }
    if (route.mirror !== undefined) out.push(["mirror", false, of.names[route.mirror], "mirror"]);
  }
  of.callees(at).forEach((to) => out.push(["access", false, of.names[to], ""]));
  return out;
}

function picture(name) {
  const unique = (all) => [...new Map(all.map((edge) => [JSON.stringify(edge), edge])).values()];
  const mine = unique(edges(side, name));
  const keys = (of) => new Set(of ? edges(of, name).map((edge) => JSON.stringify(edge)) : []);
  const [old, now] = [keys(before), keys(after)];
  const gone = before && side === after ? unique(edges(before, name)).filter((edge) => !now.has(JSON.stringify(edge))) : [];
  const fate = (edge) => !before ? "" : !old.has(JSON.stringify(edge)) ? "added" : !now.has(JSON.stringify(edge)) ? "removed" : "";
  const all = [...mine, ...gone].filter(([kind]) => kinds.has(kind));
  if (!all.length) return null;
  const ends = (incoming) => [...new Set(all.filter((edge) => edge[1] === incoming).map((edge) => edge[2]))];
  const [left, right] = [ends(true), ends(false)];
  const rows = Math.max(1, Math.min(left.length, MOST_DRAWN + 1), Math.min(right.length, MOST_DRAWN + 1));
  const [width, height, box] = [1000, rows * 34 + 20, 250];
  const out = draw("svg", { class: "picture", viewBox: `0 0 ${width} ${height}`, width, height, role: "group", "aria-label": `Neighbours of ${name}` });
  const place = (list) => new Map(list.slice(0, MOST_DRAWN).map((end, at) => [end, (height - Math.min(list.length, MOST_DRAWN + 1) * 34) / 2 + at * 34 + 17]));
  const [lefts, rights, middle] = [place(left), place(right), height / 2];
  for (const edge of all) {
    const [kind, incoming, end, label] = edge;
    const y = (incoming ? lefts : rights).get(end);
    if (y === undefined) continue;
    const d = incoming ? `M${box} ${y}C${box + 70} ${y} 305 ${middle} 375 ${middle}` : `M625 ${middle}C695 ${middle} 680 ${y} 750 ${y}`;
    out.append(draw("path", { d, class: `${kind} ${fate(edge)}` }, draw("title", {}, `${KINDS[kind]} ${label}`)));
    if (label) out.append(draw("text", { class: "label", x: incoming ? box + 6 : 744, y: y - 3, "text-anchor": incoming ? "start" : "end" }, cut(label, 22)));
  }
  const node = (text, x, y, classes) => {
    const known = text !== name && (side.position.has(text) || side.failoverPosition.has(text));
    const g = draw("g", known ? { class: classes, tabindex: "0", role: "link" } : { class: classes },
      draw("title", {}, text), draw("rect", { x, y: y - 13, width: box, height: 26, rx: 5 }),
      draw("text", { x: x + 8, y: y + 4 }, cut(text, 38)));
    if (known) {
      g.addEventListener("click", () => choose(text));
      g.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(text); } });
    }
    out.append(g);
  };
  node(name, 375, middle, "centre");
  lefts.forEach((y, end) => node(end, 0, y, ""));
  rights.forEach((y, end) => node(end, 750, y, ""));
  const more = (list, x) => list.length > MOST_DRAWN &&
    out.append(draw("text", { x: x + 8, y: height - 12 }, `and ${list.length - MOST_DRAWN} more`));
  more(left, 0);
  more(right, 750);
  return out;
}

function cut(text, most) { return text.length > most ? `${text.slice(0, most - 1)}…` : text; }

function section(title, body, none) {
  if (!body && !none) return [];
  return [make("h3", {}, title), body || make("p", {}, none)];
}

function names(all) {
  const out = make("ol");
  all.slice(0, MOST).forEach((name) => out.append(make("li", {}, link(name))));
  if (all.length > MOST) out.append(make("li", {}, `and ${all.length - MOST} more`));
  return all.length ? out : null;
}

function facts(pairs) {
  return make("dl", {}, ...pairs.filter(([, value]) => value).flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));
}

function by(policy) { return `${policy.policy}${policy.place ? ` (${policy.place})` : ""}`; }

function service(name) {
  const at = side.position.get(name), one = side.graph.services[at];
  const who = { open: "everyone", shut: "nobody", callers: "only those below", unknown: "unknown: the mesh is not an Istio" }[one.access];
  const known = side.set(one.knownIn);
  return [make("h2", { class: isChanged(name) ? "changed" : null }, name), facts([
    ["may be called by", who + (one.by === undefined ? "" : `, by ${by(side.policy(one.by))}`)],
    ["ports", (one.ports || []).join(", ")],
    ["workloads", (one.workloads || []).map((w) => side.workloads[w]).join(", ") || "none known"],
    ["known in clusters", known.length > 12 ? `${known.slice(0, 12).join(", ")} and ${known.length - 12} more` : known.join(", ")],
  ]), picture(name),
  ...section("Callers", table(["caller", "workloads", "requests", "policy", "file"], callerRows, name)),
  ...section("Routes, in order", table(["callers in", "", "requests", "go to", "policies", "file"], routeRows, name)),
  ...section("For all requests", table(["setting", "policy", "file"], settingRows, name)),
  ...(kinds.has("access") ? section("May call", names(side.callees(at).map((to) => side.names[to]))) : [])];
}

function failover(name) {
  const one = side.graph.failovers[side.failoverPosition.get(name)];
  return [make("h2", {}, name), facts([["host", `${one.host}:${one.port}`], ["callers in", side.set(one.clients).join(", ")],
    ["policy", by(side.policy(one.policy))]]), picture(name), ...section("Tried in this order", names(one.backing.map((to) => side.names[to])))];
}

function overview() {
  const { clusters, meshes, virtualMeshes, services } = side.graph;
  const count = clusters.map(() => ({ all: 0, open: 0, shut: 0 }));
  services.forEach((one) => {
    count[one.cluster].all += 1;
    if (one.access in count[one.cluster]) count[one.cluster][one.access] += 1;
  });
  const mesh = (at) => meshes.filter((one) => one.cluster === at);
  const parent = ({ virtualMesh }) => virtualMesh === undefined ? "none" : virtualMeshes[virtualMesh].name + (virtualMeshes[virtualMesh].federated ? ", federated" : "");
  const row = (name, at) => make("tr", {}, make("td", {}, name), make("td", {}, mesh(at).map((one) => `${one.name} ${one.version}`).join(", ")),
    make("td", {}, mesh(at).map(parent).join(", ")), ...["all", "open", "shut"].map((key) => make("td", {}, String(count[at][key]))));
  const head = ["cluster", "Istio", "VirtualMesh", "services", "open to everyone", "callable by nobody"];
  const changed = before ? [...new Set([...after.names, ...before.names])].filter(isChanged) : [];
  return [make("h2", {}, "Clusters"), make("table", {}, make("thead", {}, make("tr", {}, ...head.map((text) => make("th", { scope: "col" }, text)))),
    make("tbody", {}, ...clusters.map(row))), ...(before ? section("Services that differ", names(changed), "No service differs.") : [])];
}

function detail() {
  const parts = side.position.has(chosen) ? service(chosen) : side.failoverPosition.has(chosen) ? failover(chosen) : overview();
  byId("detail").replaceChildren(...parts.filter((part) => part !== null));
}

function choose(name) {
  location.hash = encodeURIComponent(name);
}

function follow() {
  chosen = decodeURIComponent(location.hash.slice(1)) || null;
  const group = chosen && document.querySelector(`#list [data-cluster="${CSS.escape(chosen.split("/")[0])}"]`);
  if (group) {
    group.open = true;
    group.scrollIntoView({ block: "nearest" });
  }
  document.querySelectorAll("#list [aria-current]").forEach((one) => one.removeAttribute("aria-current"));
  document.querySelectorAll("#list button").forEach((one) => one.dataset.name === chosen && one.setAttribute("aria-current", "true"));
  detail();
  // What had the focus may be gone.
  if (document.activeElement === document.body) byId("detail").focus();
}

for (const [kind, text] of Object.entries(KINDS)) {
  const box = make("input", { type: "checkbox", checked: "" });
  box.addEventListener("change", () => { if (box.checked) kinds.add(kind); else kinds.delete(kind); detail(); });
  byId("kinds").append(make("label", {}, box, ` ${text}`));
}
for (const cluster of [...shown].sort()) {
  const box = make("input", { type: "checkbox", checked: "", value: cluster });
  box.addEventListener("change", () => { if (box.checked) shown.add(cluster); else shown.delete(cluster); list(); });
  byId("clusters").lastElementChild.append(make("label", {}, box, ` ${cluster}`));
}
document.querySelectorAll("[data-all]").forEach((button) => button.addEventListener("click", () => {
  document.querySelectorAll("#clusters input").forEach((box) => { box.checked = Boolean(button.dataset.all); if (box.checked) shown.add(box.value); else shown.delete(box.value); });
  list();
}));
document.querySelectorAll("[name=side]").forEach((radio) => radio.addEventListener("change", () => {
  side = radio.value === "before" ? before : after;
  list();
  detail();
}));
if (byId("changed")) byId("changed").addEventListener("change", list);
byId("search").addEventListener("input", (event) => { query = event.target.value; list(); });
document.addEventListener("keydown", (event) => {
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName);
  if (event.key === "/" && !typing) { event.preventDefault(); byId("search").focus(); }
  const down = event.key === "ArrowDown", up = event.key === "ArrowUp";
  if ((down || up) && (document.activeElement === byId("search") || byId("list").contains(document.activeElement))) {
    const all = [...document.querySelectorAll("#list summary, #list details[open] button")];
    const at = all.indexOf(document.activeElement) + (down ? 1 : -1);
    event.preventDefault();
    (all[at] || byId("search")).focus();
  }
});
window.addEventListener("hashchange", follow);
list();
if (location.hash) follow(); else detail();
