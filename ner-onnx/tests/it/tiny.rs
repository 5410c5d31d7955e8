//! Writes the folder of a tiny model: a table from tokens to labels, as a real ONNX file with a real tokenizer.
//!
//! It takes `Zanthor Quillby` for a person, `Brontello` for a place and `Xerxia` for a product, which is no entity type.
//! Of `Nullwort` it says what is no number. Every other word is none to it. A copy lies in `tests/fixtures/tiny-ner`, for the tests
//! of the server.

use std::{fs, io, path::Path};

use prost::Message;
use serde_json::json;
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto, TensorShapeProto,
    TypeProto, ValueInfoProto, attribute_proto::AttributeType, tensor_proto::DataType, tensor_shape_proto,
    type_proto,
};

/// The label for which each token speaks, by the token's number.
const TOKENS: &[(&str, usize)] = &[
    ("[PAD]", 0),
    ("[UNK]", 0),
    ("[CLS]", 0),
    ("[SEP]", 0),
    ("Zan", 1),
    // a piece of the word that it stands in
    ("##thor", 0),
    ("Quillby", 2),
    ("Brontello", 3),
    ("Xerxia", 4),
    ("Nullwort", 0),
];
const LABELS: &[&str] = &["O", "B-PER", "I-PER", "B-LOC", "B-PRODUCT"];
/// What the table says for a label, and against the others.
const SURE: f32 = 5.0;
/// How weakly it speaks against a piece of a word.
const UNSURE: f32 = 0.5;

/// How many tokens the network takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Length {
    /// Any number.
    Any,
    /// So many, no more and no less.
    Fixed(i64),
}

/// Writes `model.onnx`, `tokenizer.json`, `config.json` and `labels.json` into a folder.
///
/// # Errors
/// When a file cannot be written.
pub(crate) fn write(folder: &Path, length: Length) -> io::Result<()> {
    let labels: serde_json::Map<String, serde_json::Value> = LABELS
        .iter()
        .enumerate()
        .map(|(number, label)| (number.to_string(), json!(label)))
        .collect();
    let config = json!({ "id2label": labels, "max_position_embeddings": 64, "pad_token_id": 0 });
    fs::write(folder.join("config.json"), config.to_string())?;
    fs::write(folder.join("labels.json"), json!({ "PRODUCT": null }).to_string())?;
    fs::write(folder.join("tokenizer.json"), tokenizer().to_string())?;
    fs::write(folder.join("model.onnx"), network(length).encode_to_vec())
}

fn tokenizer() -> serde_json::Value {
    let vocab: serde_json::Map<String, serde_json::Value> = TOKENS
        .iter()
        .enumerate()
        .map(|(number, (token, _))| ((*token).to_owned(), json!(number)))
        .collect();
    let special = |token: &str| json!({ "id": token, "ids": [vocab[token]], "tokens": [token] });
    json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": [],
        "normalizer": null,
        "pre_tokenizer": { "type": "BertPreTokenizer" },
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [
                { "SpecialToken": { "id": "[CLS]", "type_id": 0 } },
                { "Sequence": { "id": "A", "type_id": 0 } },
                { "SpecialToken": { "id": "[SEP]", "type_id": 0 } },
            ],
            "pair": [{ "Sequence": { "id": "A", "type_id": 0 } }, { "Sequence": { "id": "B", "type_id": 1 } }],
            "special_tokens": { "[CLS]": special("[CLS]"), "[SEP]": special("[SEP]") },
        },
        "decoder": null,
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": vocab,
        },
    })
}

/// `logits = table[input_ids] * attention_mask`
fn network(length: Length) -> ModelProto {
    let rows = TOKENS.iter().flat_map(|(token, label)| {
        (0..LABELS.len()).map(move |column| match (*token, column == *label) {
            ("Nullwort", _) => f32::NAN,
            ("##thor", true) => UNSURE,
            (_, true) => SURE,
            (_, false) => 0.0,
        })
    });
    let table = TensorProto {
        name: "table".to_owned(),
        dims: vec![
            TOKENS.len().cast_signed() as i64,
            LABELS.len().cast_signed() as i64,
        ],
        data_type: DataType::Float as i32,
        raw_data: rows.flat_map(f32::to_le_bytes).collect(),
        ..TensorProto::default()
    };
    let axes = TensorProto {
        name: "axes".to_owned(),
        dims: vec![1],
        data_type: DataType::Int64 as i32,
        raw_data: 2_i64.to_le_bytes().to_vec(),
        ..TensorProto::default()
    };
    let to_float = AttributeProto {
        name: "to".to_owned(),
        i: i64::from(DataType::Float as i32),
        r#type: AttributeType::Int as i32,
        ..AttributeProto::default()
    };
    let graph = GraphProto {
        name: "tiny".to_owned(),
        initializer: vec![table, axes],
        input: vec![
            value("input_ids", DataType::Int64, &[length]),
            value("attention_mask", DataType::Int64, &[length]),
        ],
        output: vec![value(
            "logits",
            DataType::Float,
            &[length, Length::Fixed(LABELS.len().cast_signed() as i64)],
        )],
        node: vec![
            node("Gather", &["table", "input_ids"], "figures", Vec::new()),
            node("Cast", &["attention_mask"], "mask", vec![to_float]),
            node("Unsqueeze", &["mask", "axes"], "masks", Vec::new()),
            node("Mul", &["figures", "masks"], "logits", Vec::new()),
        ],
        ..GraphProto::default()
    };
    ModelProto {
        ir_version: 8,
        opset_import: vec![OperatorSetIdProto {
            domain: String::new(),
            version: 17,
        }],
        graph: Some(graph),
        ..ModelProto::default()
    }
}

fn node(operation: &str, inputs: &[&str], output: &str, attribute: Vec<AttributeProto>) -> NodeProto {
    NodeProto {
        op_type: operation.to_owned(),
        name: output.to_owned(),
        input: inputs.iter().map(|input| (*input).to_owned()).collect(),
        output: vec![output.to_owned()],
        attribute,
        ..NodeProto::default()
    }
}

/// A value of one text, with these dimensions more.
fn value(name: &str, kind: DataType, lengths: &[Length]) -> ValueInfoProto {
    use tensor_shape_proto::{Dimension, dimension::Value};
    let dimension = |value| Dimension {
        denotation: String::new(),
        value: Some(value),
    };
    let one = dimension(Value::DimParam("batch".to_owned()));
    let more = lengths.iter().map(|length| match length {
        Length::Any => dimension(Value::DimParam("sequence".to_owned())),
        Length::Fixed(count) => dimension(Value::DimValue(*count)),
    });
    let tensor = type_proto::Tensor {
        elem_type: kind as i32,
        shape: Some(TensorShapeProto {
            dim: std::iter::once(one).chain(more).collect(),
        }),
    };
    ValueInfoProto {
        name: name.to_owned(),
        r#type: Some(TypeProto {
            denotation: String::new(),
            value: Some(type_proto::Value::TensorType(tensor)),
        }),
        doc_string: String::new(),
    }
}
