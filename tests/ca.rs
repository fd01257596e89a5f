//! CA material from the outside: what is issued, what is copied, what is refused.
//!
//! Everything that is read back here is read by this folder's own reader of SOPS files and by a parser of certificates that
//! had no part in making them; `openssl` is asked too where it is installed.

#[path = "ca/adopting.rs"]
mod adopting;
#[path = "ca/certificates.rs"]
mod certificates;
#[path = "ca/commands.rs"]
mod commands;
#[path = "ca/fixture.rs"]
mod fixture;
#[path = "ca/given.rs"]
mod given;
#[path = "ca/joining.rs"]
mod joining;
#[cfg(target_os = "linux")]
#[path = "ca/killed.rs"]
mod killed;
#[path = "ca/life.rs"]
mod life;
#[cfg(unix)]
#[path = "ca/listing.rs"]
mod listing;
#[path = "ca/openssl.rs"]
mod openssl;
#[cfg(unix)]
#[path = "ca/pages.rs"]
mod pages;
#[path = "ca/refusals.rs"]
mod refusals;
#[path = "ca/rendering.rs"]
mod rendering;
#[path = "ca/renewing.rs"]
mod renewing;
#[path = "ca/resealing.rs"]
mod resealing;
#[path = "ca/revoking.rs"]
mod revoking;
#[path = "ca/roots.rs"]
mod roots;
#[path = "ca/rotating.rs"]
mod rotating;
#[path = "ca/sealed.rs"]
mod sealed;
#[path = "ca/sealing.rs"]
mod sealing;
#[path = "ca/sops_reader.rs"]
mod sops_reader;
