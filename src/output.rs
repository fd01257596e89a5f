//! Trees as files, as a stream, as a comparison: the one place that writes below the output directory.
//!
//! ```text
//! rendered/<cluster>/<namespace>/<kind>-<name>.yaml
//! rendered/<cluster>/.meshtree.lock       the files that meshtree wrote there: the proof of ownership
//! rendered/<cluster>/.meshtree.journal    what an unfinished run was about to write; gone when it ends
//! rendered/.meshtree-new-<cluster>/       a cluster's first files until they are complete
//! rendered/.meshtree-old-<cluster>/       the rest of a cluster whose files are deleted
//! ```
//! INVARIANT: only files that a lock or a journal names, with the bytes it names, are overwritten or deleted without a
//! flag; everything is checked before the first change; whenever a run is killed, each file is old or new, and the next
//! run recognises all of them as its own.

mod apply;
mod archive;
mod check;
mod claim;
pub mod diff;
mod difference;
mod disk;
mod error;
mod hash;
mod inspect;
mod journal;
mod leftover;
mod listing;
mod lock;
mod merge;
mod names;
mod place;
mod refusal;
mod run;
mod stdout;
mod stray;
mod summary;
mod survey;
mod target;
mod waves;

pub use apply::apply;
pub use archive::{gzip, tar};
pub use check::check;
pub use claim::Claim;
pub use difference::{Difference, DifferenceKind};
pub use disk::Disk;
pub use error::{Operation, OutputError};
pub use hash::Hash;
pub use inspect::{ClusterChanges, inspect};
pub use lock::{Lock, LockEntry, LockFault};
pub use names::{JOURNAL, LOCK, WAVES};
pub use place::{OutDir, Surroundings, is_link, linked, plain};
pub use refusal::{Options, Refusal};
pub use run::{committed_clusters, has_lock, refuses, write_trees};
pub use stdout::{stream, stream_of};
pub use summary::ClusterSummary;
pub use target::Target;
pub use waves::Waves;
