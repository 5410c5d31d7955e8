//! Progress bars: on standard error, and only when somebody watches.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

const OF_KNOWN_SIZE: &str = "{msg} {bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";
const OF_ITEMS: &str = "{msg} {bar:30} {pos} of {len}, {per_sec}, {eta} left";
const OF_UNKNOWN_SIZE: &str = "{msg} {spinner} {bytes}, {bytes_per_sec}";

/// A bar that counts bytes; it draws nothing where standard error is no terminal.
pub(super) fn of_bytes(message: &'static str, total_bytes: Option<u64>) -> ProgressBar {
    let target = if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(total_bytes, target);
    let template = if total_bytes.is_some() {
        OF_KNOWN_SIZE
    } else {
        OF_UNKNOWN_SIZE
    };
    bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message(message);
    bar
}

/// A bar that counts items; it draws nothing where standard error is no terminal.
pub(super) fn of_items(message: &'static str) -> ProgressBar {
    let bar = of_bytes(message, Some(0));
    bar.set_style(ProgressStyle::with_template(OF_ITEMS).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_are_valid() {
        for template in [OF_KNOWN_SIZE, OF_ITEMS, OF_UNKNOWN_SIZE] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
