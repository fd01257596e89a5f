//! Handles: positions in the plan's lists. A handle that exists is found, so no question about the plan can miss.

macro_rules! handles {
    ($($(#[$meta:meta])* $handle:ident;)*) => { $(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $handle(pub u32);

        impl $handle {
            /// The position in the plan's list.
            pub fn index(self) -> usize {
                self.0 as usize
            }

            /// The handle of a position.
            pub fn at(position: usize) -> Self {
                Self(u32::try_from(position).unwrap_or(u32::MAX))
            }

            /// The handles of a list's positions, in order.
            pub fn all(length: usize) -> impl Iterator<Item = Self> + use<> {
                (0..length).map(Self::at)
            }
        }
    )* };
}

handles! {
    /// A cluster of the plan.
    ClusterId;
    /// An Istio mesh of the plan.
    MeshId;
    /// A traffic target of the plan.
    TargetId;
    /// A workload of the plan.
    WorkloadId;
    /// A virtual mesh of the plan.
    VirtualMeshId;
    /// A failover service of the plan.
    FailoverId;
    /// A traffic policy of the plan.
    TrafficId;
    /// An access policy of the plan.
    AccessId;
    /// A condition on requests that some policy has.
    RequestId;
}
