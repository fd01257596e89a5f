//! Generates the types of the features from the rows of the table.

/// Makes the types of the features. A row is `Variant field: Bound, "written", "status", smi;`: those below `route` belong
/// to the routes that a policy makes, those below `service` to the whole service, whatever the request (what is bound for these
/// borrows nothing).
macro_rules! features {
    (
        route { $($(#[$route_meta:meta])* $route:ident $route_field:ident : $route_type:ty, $route_written:literal, $route_status:literal, $route_smi:expr;)* }
        service { $($(#[$service_meta:meta])* $service:ident $service_field:ident : $service_type:ty, $service_written:literal, $service_status:literal, $service_smi:expr;)* }
    ) => {
        /// A feature of a TrafficPolicy, in the order in which a status lists them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Feature {
            $($(#[$route_meta])* $route,)*
            $($(#[$service_meta])* $service,)*
        }

        impl Feature {
            /// Every feature, in order.
            pub const ALL: &'static [Self] = &[$(Self::$route,)* $(Self::$service,)*];

            /// The features of a route.
            pub const ROUTE: &'static [Self] = &[$(Self::$route,)*];

            /// The features of a whole service.
            pub const SERVICE: &'static [Self] = &[$(Self::$service,)*];

            /// The field below `spec`.
            pub fn written(self) -> &'static str {
                match self { $(Self::$route => $route_written,)* $(Self::$service => $service_written,)* }
            }

            /// The name that begins a problem's text in a status.
            pub fn status(self) -> &'static str {
                match self { $(Self::$route => $route_status,)* $(Self::$service => $service_status,)* }
            }

            /// How it is handled for services of an Open Service Mesh.
            pub const fn smi(self) -> SmiSupport {
                match self { $(Self::$route => $route_smi,)* $(Self::$service => $service_smi,)* }
            }
        }

        /// The features of a policy. A feature whose value is not valid is absent, and a problem of the policy.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct Features<'a> {
            $($(#[$route_meta])* pub $route_field: Option<$route_type>,)*
            $($(#[$service_meta])* pub $service_field: Option<$service_type>,)*
        }

        impl Features<'_> {
            /// The features that are set.
            pub fn given(&self) -> FeatureSet {
                let Self { $($route_field,)* $($service_field,)* } = self;
                let mut out = FeatureSet::default();
                $(if $route_field.is_some() { out.insert(Feature::$route); })*
                $(if $service_field.is_some() { out.insert(Feature::$service); })*
                out
            }

            /// Whether two policies have the same value for a feature.
            pub fn agree(&self, other: &Self, feature: Feature) -> bool {
                match feature {
                    $(Feature::$route => self.$route_field == other.$route_field,)*
                    $(Feature::$service => self.$service_field == other.$service_field,)*
                }
            }
        }

        /// What a route does: each feature with the policy that it is from.
        #[derive(Debug)]
        pub struct RouteActions<'p, 'a> {
            $($(#[$route_meta])* pub $route_field: Option<Claimed<&'p $route_type>>,)*
        }

        impl<'a> super::Plan<'a> {
            /// What a route does.
            pub fn route_actions<'p>(&'p self, route: &Owners) -> RouteActions<'p, 'a> {
                let from = |by: TrafficId| &self[by].features;
                RouteActions {
                    $($route_field: route.owner(Feature::$route).and_then(|by| {
                        from(by).$route_field.as_ref().map(|value| Claimed { value, by })
                    }),)*
                }
            }

            /// What applies to a whole service, whatever the request.
            pub fn service_actions<'p>(&'p self, service: TargetId) -> ServiceActions<'p> {
                let owners = &self[service].owners;
                let from = |by: TrafficId| &self[by].features;
                ServiceActions {
                    $($service_field: owners.owner(Feature::$service).and_then(|by| {
                        from(by).$service_field.as_ref().map(|value| Claimed { value, by })
                    }),)*
                }
            }
        }

        /// What applies to a whole service: each feature with the policy that it is from.
        #[derive(Debug)]
        pub struct ServiceActions<'p> {
            $($(#[$service_meta])* pub $service_field: Option<Claimed<&'p $service_type>>,)*
        }
    };
}

pub(super) use features;
