//! What both APIs answer with: a write shows what it changed as a read does.

mod approval;
mod custom_type;
mod grant;

pub use approval::ApprovalBody;
pub use custom_type::CustomTypeBody;
pub use grant::GrantBody;
