//! Tables: cells with the names of their columns.

use crate::{
    confidence::Confidence,
    detection::Detection,
    detector::{Detector, Part, Scratch},
    offsets::bytes_to_code_points,
    span_model::ModelFailure,
    test_values::flag_test_values,
};

/// A cell of a table.
#[derive(Debug, Clone, Copy)]
pub struct Cell<'t> {
    /// The name of its column, which says what it may be.
    pub column: Option<&'t str>,
    /// What stands in it.
    pub text: &'t str,
}

impl Detector {
    /// Finds everything in cells, cell by cell: the number of the cell, the finding, and the text that was found.
    ///
    /// # Errors
    ///
    /// [`ModelFailure`] when the model of a deployment's own fails; what was told before counts for nothing.
    pub fn scan_cells<'t>(
        &self,
        cells: impl IntoIterator<Item = Cell<'t>>,
        least: Confidence,
        sink: &mut dyn FnMut(usize, Detection, &str),
    ) -> Result<(), ModelFailure> {
        let mut scratch = Scratch::new(least);
        for (number, cell) in cells.into_iter().enumerate() {
            self.scan_part(cell.text, Part::of(cell.column), &mut scratch)?;
            let mut found = scratch.detections();
            flag_test_values(cell.text, &mut found);
            let in_bytes = found.clone();
            bytes_to_code_points(cell.text, &mut found);
            for (finding, bytes) in found.into_iter().zip(in_bytes) {
                sink(
                    number,
                    finding,
                    cell.text.get(bytes.start..bytes.end).unwrap_or_default(),
                );
            }
        }
        Ok(())
    }
}
