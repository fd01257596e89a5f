//! Questions about a mesh, answered from the plan: who may call what, and where a request goes.
//!
//! The plan alone is read, never what is rendered of it, so that an answer can name the policy behind it. What the inventory cannot
//! say is [`Truth::Unknown`], never a guess.

pub mod access;
mod admits;
pub mod called;
pub mod caller;
pub mod coverage;
mod door;
pub mod evaluator;
pub mod impact;
pub mod journey;
pub mod known;
pub mod matrix;
pub mod named;
pub mod patterns;
pub mod request;
pub mod space;
pub mod told;
pub mod trace;
pub mod truth;
pub mod verdict;

pub use access::{Decision, Reason};
pub use caller::{Caller, Principal};
pub use coverage::Coverage;
pub use evaluator::Evaluator;
pub use journey::{Leg, Lost, Outcome, Pods, Sent, Stop, Trace, Way};
pub use known::KnownCallers;
pub use named::{Named, Unnamed};
pub use request::HttpRequest;
pub use told::By;
pub use trace::Call;
pub use truth::Truth;
pub use verdict::Verdict;
