//! The network: numbers of tokens in, figures for each label out.

use std::{path::Path, sync::Arc};

use tract_onnx::prelude::{
    DatumType, Framework, InferenceFact, InferenceModel, InferenceModelExt, IntoRunnable, TDim, TValue, TVec,
    Tensor, TractResult, TypedRunnableModel, tvec,
};
use tract_onnx::tract_hir::{infer::Factoid, internal::DimLike};

use crate::{folder::LoadError, windows::Window};

/// What an input of the network takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Input {
    Ids,
    Attention,
    Types,
    Positions,
}

impl Input {
    fn named(name: &str) -> Option<Self> {
        match name {
            "input_ids" => Some(Self::Ids),
            "attention_mask" => Some(Self::Attention),
            "token_type_ids" => Some(Self::Types),
            "position_ids" => Some(Self::Positions),
            _ => None,
        }
    }
}

/// A network that is ready to run; any number of threads may.
pub(crate) struct Network {
    plan: Arc<TypedRunnableModel>,
    inputs: Vec<(Input, DatumType)>,
    labels: usize,
    padding: u32,
    /// How many tokens it takes, no more and no less, if its file says so.
    pub(crate) length: Option<usize>,
}

/// What it said cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    #[error("the network did not run")]
    Run(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the network gave figures of the shape {shape:?}, not {tokens} times {labels}")]
    Shape {
        shape: Vec<usize>,
        tokens: usize,
        labels: usize,
    },
    #[error("the network gave figures that are no numbers")]
    NoNumbers,
}

impl Network {
    /// Reads a network that gives so many figures for each token.
    pub(crate) fn load(path: &Path, labels: usize, padding: u32) -> Result<Self, LoadError> {
        let refused = |error: tract_onnx::prelude::TractError| LoadError::Network(error.into());
        let mut model = tract_onnx::onnx().model_for_path(path).map_err(refused)?;
        let inputs = inputs(&model)?;
        let length = length(&model).map_err(refused)?;
        let tokens = length.map_or_else(|| TDim::from(model.symbols.sym("tokens")), TDim::from);
        for (at, (_, kind)) in inputs.iter().enumerate() {
            let fact = InferenceFact::dt_shape(*kind, tvec![TDim::from(1), tokens.clone()]);
            model.set_input_fact(at, fact).map_err(refused)?;
        }
        let plan = model
            .into_optimized()
            .and_then(IntoRunnable::into_runnable)
            .map_err(refused)?;
        Ok(Self {
            plan,
            inputs,
            labels,
            padding,
            length,
        })
    }

    /// The probabilities of the labels for each token of a window that it tells of, one after the other.
    pub(crate) fn run(&self, window: &Window, found: &mut Vec<f32>) -> Result<(), RunError> {
        let failed = |error: tract_onnx::prelude::TractError| RunError::Run(error.into());
        let length = self.length.unwrap_or(window.ids.len());
        let inputs: TractResult<TVec<TValue>> = self
            .inputs
            .iter()
            .map(|(input, kind)| Ok(self.tensor(*input, *kind, window, length)?.into()))
            .collect();
        let outputs = self.plan.run(inputs.map_err(failed)?).map_err(failed)?;
        let Some(output) = outputs.first() else {
            return Err(self.shape(&[], length));
        };
        if output.shape() != [1, length, self.labels] {
            return Err(self.shape(output.shape(), length));
        }
        let figures = output.cast_to::<f32>().map_err(failed)?;
        let figures = figures.try_as_plain_ram().map_err(failed)?;
        let figures = figures.as_slice::<f32>().map_err(failed)?;
        let rows: Vec<&[f32]> = figures.chunks_exact(self.labels).collect();
        for row in rows.get(window.told.clone()).unwrap_or_default() {
            push_probabilities(row, found)?;
        }
        Ok(())
    }

    fn shape(&self, shape: &[usize], tokens: usize) -> RunError {
        RunError::Shape {
            shape: shape.to_vec(),
            tokens,
            labels: self.labels,
        }
    }

    /// What one input gets, filled up to the length that the network takes.
    fn tensor(&self, input: Input, kind: DatumType, window: &Window, length: usize) -> TractResult<Tensor> {
        let tokens = window.ids.len();
        let mut values: Vec<i64> = match input {
            Input::Ids => window.ids.iter().copied().map(i64::from).collect(),
            Input::Attention => vec![1; tokens],
            Input::Types => vec![0; tokens],
            Input::Positions => (0..).take(length).collect(),
        };
        let filling = match input {
            Input::Ids => self.padding.into(),
            Input::Attention | Input::Types | Input::Positions => 0,
        };
        values.resize(length, filling);
        Tensor::from_shape(&[1, length], &values)?
            .cast_to_dt(kind)
            .map(std::borrow::Cow::into_owned)
    }
}

fn inputs(model: &InferenceModel) -> Result<Vec<(Input, DatumType)>, LoadError> {
    let refused = |error: tract_onnx::prelude::TractError| LoadError::Network(error.into());
    let known = |at: usize| {
        let outlet = model.input_outlets().map_err(refused)?[at];
        let name = &model.node(outlet.node).name;
        let input = Input::named(name).ok_or_else(|| LoadError::UnknownInput {
            name: name.as_str().into(),
        })?;
        let kind = model.input_fact(at).map_err(refused)?.datum_type.concretize();
        Ok((input, kind.unwrap_or(DatumType::I64)))
    };
    let count = model.input_outlets().map_err(refused)?.len();
    (0..count).map(known).collect()
}

/// How many tokens the network takes, if its file fixes that.
fn length(model: &InferenceModel) -> TractResult<Option<usize>> {
    let fixed = model.input_fact(0)?.shape.dim(1).and_then(|dim| dim.concretize());
    Ok(fixed.and_then(|dim| dim.to_usize().ok()))
}

/// Figures as probabilities.
fn push_probabilities(figures: &[f32], found: &mut Vec<f32>) -> Result<(), RunError> {
    let most = figures.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f32 = figures.iter().map(|figure| (figure - most).exp()).sum();
    if !sum.is_finite() || sum <= 0.0 {
        return Err(RunError::NoNumbers);
    }
    found.extend(figures.iter().map(|figure| (figure - most).exp() / sum));
    Ok(())
}
