//! Figures as rows of a Markdown table.

/// One comparison with a limit of the same run.
pub(crate) struct Row {
    /// What was measured.
    pub(crate) what: String,
    /// Our figure, with its unit.
    pub(crate) ours: String,
    /// The limit's figure, with its unit.
    pub(crate) limit: String,
    /// Ours as a multiple of the limit: the median of the rounds' ratios.
    pub(crate) ratio: f64,
    /// The least ratio that is good enough.
    pub(crate) goal: f64,
}

/// Prints the rows with their head.
#[expect(clippy::print_stdout, reason = "the table is what the program is for")]
pub(crate) fn print(rows: &[Row]) {
    println!("| what | ours | limit | ratio | goal |\n|---|---|---|---|---|");
    for Row {
        what,
        ours,
        limit,
        ratio,
        goal,
    } in rows
    {
        let verdict = if ratio >= goal { "" } else { " (missed)" };
        println!("| {what} | {ours} | {limit} | {ratio:.2} | ≥ {goal}{verdict} |");
    }
}

/// Says how far a measurement is.
#[expect(
    clippy::print_stderr,
    reason = "progress is for whoever waits at the terminal"
)]
pub(crate) fn progress(line: &str) {
    eprintln!("{line}");
}
