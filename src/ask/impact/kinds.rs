//! The kinds of consequences, and how risky each is.

/// What a consequence is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    Access,
    Traffic,
    Federation,
}

impl Section {
    /// Every section, in order.
    pub const ALL: [Self; 3] = [Self::Access, Self::Traffic, Self::Federation];

    /// Its heading.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Access => "Access",
            Self::Traffic => "Traffic",
            Self::Federation => "Federation and CA",
        }
    }
}

/// How much can go wrong, and how bad that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Risk {
    Low,
    Medium,
    High,
    Critical,
}

impl Risk {
    /// Every class, the lowest first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// What it means.
    pub fn means(self) -> &'static str {
        match self {
            Self::Low => "nothing that works stops working, and nothing is opened that was shut",
            Self::Medium => "requests are treated differently, or some callers may do more",
            Self::High => "some requests fail that are answered today, or a service is no longer open to everyone",
            Self::Critical => "a service is opened to everyone or shut for everyone, or clusters may lose each other",
        }
    }
}

/// Makes the kinds from a table: the name, the section, the risk, and what it means.
macro_rules! kinds {
    ($($kind:ident, $name:literal, $section:ident, $risk:ident, $means:literal;)*) => {
        /// A kind of consequence.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Kind { $(#[doc = $means] $kind,)* }

        impl Kind {
            /// Every kind, in the order in which consequences are listed.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// Its name in reports for programs.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            /// What it is about.
            pub fn section(self) -> Section {
                match self { $(Self::$kind => Section::$section,)* }
            }

            /// How risky it is.
            pub fn risk(self) -> Risk {
                match self { $(Self::$kind => Risk::$risk,)* }
            }

            /// What it means.
            pub fn means(self) -> &'static str {
                match self { $(Self::$kind => $means,)* }
            }
        }
    };
}

kinds! {
    DefaultOpen, "default-open", Access, Critical, "workloads without an AccessPolicy are opened to everyone";
    DefaultDeny, "default-deny", Access, Critical, "workloads without an AccessPolicy are shut for everyone";
    Opened, "access-opened", Access, Critical, "a service is opened to everyone";
    Shut, "access-shut", Access, Critical, "a service is shut for everyone";
    Restricted, "access-restricted", Access, High, "a service that was open to everyone is open to some callers only";
    Refused, "access-refused", Access, High, "callers are refused that were let in";
    Identity, "identity", Access, High, "a workload has another identity, which policies may not name";
    Allowed, "access-allowed", Access, Medium, "callers are let in that were refused";
    ServiceAdded, "service-added", Access, Low, "a service is new";
    ServiceRemoved, "service-removed", Access, High, "a service is gone";
    NoRoute, "traffic-no-route", Traffic, High, "requests meet no route any more, and are answered with 404";
    Lost, "traffic-lost", Traffic, High, "requests go to a destination that callers do not know, and are answered with 503";
    Fault, "traffic-fault", Traffic, High, "faults are injected into requests, or other faults";
    Encryption, "traffic-encryption", Traffic, High, "callers encrypt in another way";
    Moved, "traffic-moved", Traffic, Medium, "requests go to other destinations, or in other shares";
    Settings, "traffic-settings", Traffic, Medium, "timeouts, retries, headers, CORS, mirroring or outlier detection change";
    Uncertain, "traffic-uncertain", Traffic, Medium, "regular expressions or too many conditions keep routes from being compared";
    Routed, "traffic-routed", Traffic, Medium, "requests are answered that met no route";
    FailoverRemoved, "failover-removed", Traffic, High, "a failover service is gone for callers";
    FailoverOrder, "failover-order", Traffic, Medium, "services are tried in another order, or other services";
    FailoverAdded, "failover-added", Traffic, Low, "a failover service is new for callers";
    Unfederated, "federation-removed", Federation, High, "services of another cluster cannot be called any more";
    TrustDomain, "trust-domain", Federation, Critical, "a mesh has another trust domain, so every identity in it changes";
    Root, "ca-root", Federation, Critical, "the root of a virtual mesh is replaced, or is given in another way";
    Ungrouped, "mesh-removed", Federation, Critical, "a mesh leaves its virtual mesh";
    Certificate, "ca-certificate", Federation, Medium, "a certificate of a mesh changes, or when it ends";
    Gateway, "gateway", Federation, High, "a mesh is reached at other addresses";
    Version, "istio-version", Federation, Medium, "the version of Istio changes, for which other objects may be rendered";
    Grouped, "mesh-added", Federation, Medium, "a mesh joins a virtual mesh";
    Federated, "federation-added", Federation, Medium, "services of another cluster become callable";
}
