//! From the number of a record in an upload back to its line in the file.

/// How many irregular stretches are kept: 24 bytes each. Files whose blank and refused lines are scattered more than
/// that get their later refusals by the record's number alone.
const MAX_RUNS: usize = 500_000;

/// Records whose lines follow each other at the same distance.
#[derive(Debug, Clone, Copy)]
struct Run {
    record: u64,
    line: u64,
    step: u64,
}

impl Run {
    fn line_of(&self, record: u64) -> u64 {
        self.line + (record - self.record) * self.step
    }
}

/// The lines of all records so far. A file without gaps, or with one blank line after each line, takes one run.
#[derive(Debug, Default)]
pub(super) struct LineMap {
    runs: Vec<Run>,
    records: u64,
    /// From this record on nothing is known.
    lost_from: Option<u64>,
}

impl LineMap {
    /// Notes the line of the next record.
    pub(super) fn push(&mut self, line: u64) {
        let record = self.records;
        self.records += 1;
        if self.lost_from.is_some() {
            return;
        }
        if let Some(run) = self.runs.last_mut() {
            if record == run.record + 1 {
                run.step = line - run.line;
            }
            if run.line_of(record) == line {
                return;
            }
        }
        if self.runs.len() == MAX_RUNS {
            self.lost_from = Some(record);
            return;
        }
        self.runs.push(Run {
            record,
            line,
            step: 1,
        });
    }

    /// How many records there are.
    pub(super) const fn records(&self) -> u64 {
        self.records
    }

    /// The line of a record, counted from 0; `None` for one that was not noted.
    pub(super) fn line_of(&self, record: u64) -> Option<u64> {
        if record >= self.lost_from.unwrap_or(self.records) {
            return None;
        }
        let after = self.runs.partition_point(|run| run.record <= record);
        self.runs
            .get(after.checked_sub(1)?)
            .map(|run| run.line_of(record))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn map(lines: impl IntoIterator<Item = u64>) -> LineMap {
        let mut map = LineMap::default();
        lines.into_iter().for_each(|line| map.push(line));
        map
    }

    #[test]
    fn a_regular_file_takes_one_run() {
        assert_eq!(map(1..1_000).runs.len(), 1);
        assert_eq!(map((1..1_000).map(|n| n * 3)).runs.len(), 1);
        assert_eq!(map([1, 2, 3, 5, 6, 7]).runs.len(), 2);
        assert_eq!(map([]).line_of(0), None);
    }

    #[test]
    fn beyond_its_limit_it_says_nothing_rather_than_something_wrong() {
        let mut next = 0;
        let irregular = (0..3 * MAX_RUNS as u64).map(|n| {
            next += 1 + n * n % 7;
            next
        });
        let lines: Vec<u64> = irregular.collect();
        let map = map(lines.iter().copied());
        assert_eq!(map.runs.len(), MAX_RUNS);
        assert_eq!(
            (map.records(), map.line_of(map.records() - 1)),
            (3 * MAX_RUNS as u64, None)
        );
        assert_eq!(map.line_of(MAX_RUNS as u64 - 1), Some(lines[MAX_RUNS - 1]));
    }

    proptest! {
        #[test]
        fn every_record_finds_its_line(gaps in prop::collection::vec(1_u64..4, 0..200)) {
            let lines: Vec<u64> = gaps.iter().scan(0, |line, gap| { *line += gap; Some(*line) }).collect();
            let map = map(lines.iter().copied());
            for (record, line) in lines.iter().enumerate() {
                prop_assert_eq!(map.line_of(record as u64), Some(*line));
            }
            prop_assert_eq!(map.line_of(lines.len() as u64), None);
        }
    }
}
