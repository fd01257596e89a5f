//! Random policies, and random edits of them.

/// A generator of numbers that are the same on every machine (splitmix64).
pub(crate) struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).expect("small")
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<'t>(&mut self, all: &[&'t str]) -> &'t str {
        all[self.below(all.len())]
    }

    /// Some of all, at least one.
    fn some<'t>(&mut self, all: &[&'t str]) -> Vec<&'t str> {
        let mut out: Vec<&str> = all.iter().copied().filter(|_| self.chance(40)).collect();
        if out.is_empty() {
            out.push(self.pick(all));
        }
        out
    }
}

/// Policies, each as kind, name and the fields of its spec.
#[derive(Clone)]
pub(crate) struct Policies {
    deny: bool,
    /// Whether the virtual mesh groups both clusters.
    groups_both: bool,
    list: Vec<(&'static str, String, Vec<String>)>,
}

impl Policies {
    /// A few policies.
    pub(crate) fn some(random: &mut Random) -> Self {
        let mut out = Self { deny: random.chance(40), groups_both: random.chance(85), list: Vec::new() };
        for i in 0..1 + random.below(5) {
            let policy = if random.chance(50) { access(random) } else { traffic(random) };
            out.list.push((policy.0, format!("p{i}"), policy.1));
        }
        out
    }

    /// The same with one or two edits.
    pub(crate) fn edited(&self, random: &mut Random) -> Self {
        let mut out = self.clone();
        for _ in 0..1 + random.below(2) {
            let i = random.below(out.list.len());
            match random.below(11) {
                10 => out.groups_both = !out.groups_both,
                0 => out.deny = !out.deny,
                1 if out.list.len() > 1 => drop(out.list.remove(i)),
                2 => {
                    let policy = if random.chance(50) { access(random) } else { traffic(random) };
                    out.list.push((policy.0, format!("q{}", random.below(9)), policy.1));
                }
                3 => out.list.reverse(),
                4 => {
                    let (kind, _, spec) = out.list[i].clone();
                    out.list.push((kind, format!("copy{}", random.below(9)), spec));
                }
                _ => {
                    let fresh = if out.list[i].0 == "AccessPolicy" { access(random).1 } else { traffic(random).1 };
                    let at = random.below(out.list[i].2.len().min(fresh.len()));
                    out.list[i].2[at].clone_from(&fresh[at]);
                }
            }
        }
        out.list.dedup_by(|a, b| a.1 == b.1);
        out
    }

    /// The policies as a file.
    pub(crate) fn text(&self) -> String {
        let access = if self.deny { ", globalAccessPolicy: ENABLED" } else { "" };
        let mesh = |cluster: &str| format!("{{name: istiod-istio-system-{cluster}, namespace: service-mesh-hub}}");
        let grouped: &[&str] = if self.groups_both { &["east", "west"] } else { &["east"] };
        let meshes = grouped.iter().map(|cluster| mesh(cluster)).collect::<Vec<_>>().join(", ");
        let mut out = format!(
            "apiVersion: networking.smh.solo.io/v1alpha2\nkind: VirtualMesh\nmetadata: {{name: vm, namespace: shop}}\nspec: {{meshes: [{meshes}]{access}}}\n"
        );
        for (kind, name, spec) in &self.list {
            let spec: Vec<&str> = spec.iter().map(String::as_str).filter(|field| !field.is_empty()).collect();
            out += &format!(
                "---\napiVersion: networking.smh.solo.io/v1alpha2\nkind: {kind}\nmetadata: {{name: {name}, namespace: shop}}\nspec: {{{}}}\n",
                spec.join(", ")
            );
        }
        out
    }
}

fn selector(random: &mut Random) -> String {
    match random.below(4) {
        0 => String::new(),
        1 => format!(
            "destinationSelector: [{{kubeServiceMatcher: {{namespaces: [{}]}}}}]",
            random.pick(&["shop", "pay"])
        ),
        _ => {
            let (name, namespace) = [("web", "shop"), ("cart", "shop"), ("pay", "pay")][random.below(3)];
            let cluster = random.pick(&["east", "west"]);
            format!(
                "destinationSelector: [{{kubeServiceRefs: {{services: [{{name: {name}, namespace: {namespace}, clusterName: {cluster}}}]}}}}]"
            )
        }
    }
}

fn access(random: &mut Random) -> (&'static str, Vec<String>) {
    let list = |name: &str, all: Vec<&str>| format!("{name}: [{}]", all.join(", "));
    let sources = match random.below(5) {
        0 => String::new(),
        1 => format!(
            "sourceSelector: [{{kubeIdentityMatcher: {{namespaces: [{}]}}}}]",
            random.pick(&["shop", "pay", "other"])
        ),
        2 => format!(
            "sourceSelector: [{{kubeIdentityMatcher: {{namespaces: [shop], clusters: [{}]}}}}]",
            random.pick(&["east", "west"])
        ),
        _ => {
            let accounts = random.some(&[
                "{name: web, namespace: shop}",
                "{name: cart, namespace: shop, clusterName: east}",
                "{name: pay, namespace: pay}",
            ]);
            format!("sourceSelector: [{{kubeServiceAccountRefs: {{serviceAccounts: [{}]}}}}]", accounts.join(", "))
        }
    };
    let methods =
        if random.chance(40) { list("allowedMethods", random.some(&["GET", "POST", "PUT"])) } else { String::new() };
    let paths = if random.chance(50) {
        list("allowedPaths", random.some(&["/a", "\"/a*\"", "\"/ab*\"", "\"*.html\"", "\"*\""]))
    } else {
        String::new()
    };
    let ports =
        if random.chance(30) { list("allowedPorts", random.some(&["80", "8080", "9090"])) } else { String::new() };
    ("AccessPolicy", vec![selector(random), sources, methods, paths, ports])
}

fn traffic(random: &mut Random) -> (&'static str, Vec<String>) {
    let sources = match random.below(4) {
        0 => format!("sourceSelector: [{{namespaces: [{}]}}]", random.some(&["shop", "pay"]).join(", ")),
        1 => format!("sourceSelector: [{{labels: {{{}}}}}]", random.pick(&["tier: gold", "app: web", "version: v1"])),
        2 => format!("sourceSelector: [{{clusters: [{}]}}]", random.pick(&["east", "west"])),
        _ => String::new(),
    };
    let matchers = match random.below(3) {
        0 => String::new(),
        _ => format!("httpRequestMatchers: [{}]", random.some(&MATCHERS).join(", ")),
    };
    let timeout =
        if random.chance(60) { format!("requestTimeout: {}", random.pick(&["1s", "5s", "0s"])) } else { String::new() };
    let retries =
        if random.chance(30) { format!("retries: {{attempts: {}}}", random.pick(&["1", "3"])) } else { String::new() };
    let shift = match random.below(3) {
        0 => {
            let first = random.pick(&["10", "50", "100"]);
            let subset = random.pick(&["v1", "v2"]);
            format!(
                "trafficShift: {{destinations: [{{kubeService: {{name: cart, namespace: shop, clusterName: {}, port: 80, subset: {{version: {subset}}}}}, weight: {first}}}, {{kubeService: {{name: web, namespace: shop, clusterName: east, port: 80}}, weight: {}}}]}}",
                random.pick(&["east", "west"]),
                100 - first.parse::<u32>().expect("a number")
            )
        }
        _ => String::new(),
    };
    let outlier = if random.chance(15) { "outlierDetection: {consecutiveErrors: 3}".to_owned() } else { String::new() };
    ("TrafficPolicy", vec![selector(random), sources, matchers, timeout, retries, shift, outlier])
}

const MATCHERS: [&str; 10] = [
    "{prefix: /a}",
    "{prefix: /ab}",
    "{exact: /a}",
    "{prefix: /}",
    "{prefix: /a, method: {method: POST}}",
    "{headers: [{name: x-user, value: anna}]}",
    "{headers: [{name: x-user, value: anna, invertMatch: true}]}",
    "{headers: [{name: x-user, value: 'a.*', regex: true}]}",
    "{regex: '/a.*', headers: [{name: x-user}]}",
    "{prefix: /a, queryParameters: [{name: id, value: '7'}]}",
];
