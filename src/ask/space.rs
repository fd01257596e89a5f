//! Sets of requests, compared as sets: that nothing changed is a proof, not a sample.
//!
//! What policies say cuts all callers, methods, paths and ports into finitely many parts within which every request is treated alike.
//! Each part has a representative, and two plans are compared at all of these.

pub mod admission;
pub mod callers;
pub mod compare;
pub mod differences;
pub mod operations;
pub mod parts;
pub mod paths;
pub mod routes;
mod search;
pub mod table;

pub use admission::{Admission, Allow};
pub use callers::{CallerPart, Mentioned};
pub use compare::{AccessDifference, Comparison, Revision, compare};
pub use operations::Operations;
pub use parts::Part;
