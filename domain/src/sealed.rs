//! What may stand in an event where a client's text would stand: ciphertext, and keyed hashes to look it up by.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Ciphertext of a text that a client chose, under a key that can be destroyed.
///
/// The bytes are the envelope of `vault-crypto`, which names its key. In JSON it stands as `{"$sealed": "<base64>"}`,
/// so that publishers can drop sealed values without knowing the event.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// Wraps an envelope that `vault-crypto` made.
    #[must_use]
    pub const fn from_envelope(envelope: Vec<u8>) -> Self {
        Self(envelope)
    }

    /// The envelope's bytes.
    #[must_use]
    pub fn envelope(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SealedForm {
    #[serde(rename = "$sealed")]
    sealed: String,
}

impl Serialize for Sealed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        SealedForm {
            sealed: BASE64.encode(&self.0),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Sealed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let form = SealedForm::deserialize(deserializer)?;
        BASE64.decode(form.sealed).map(Self).map_err(D::Error::custom)
    }
}

impl JsonSchema for Sealed {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Sealed".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "properties": {"$sealed": {"type": "string", "format": "sealed"}},
            "required": ["$sealed"],
            "additionalProperties": false
        })
    }
}

/// HMAC-SHA-256 of a value under a secret key: equal values can be found, none can be read or guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyedHash([u8; 32]);

impl KeyedHash {
    /// Wraps the 32 bytes of a keyed hash.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes, for SQL.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for KeyedHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl Serialize for KeyedHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(self.0))
    }
}

impl<'de> Deserialize<'de> for KeyedHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
        let mut bytes = [0; 32];
        hex::decode_to_slice(text.as_ref(), &mut bytes).map_err(D::Error::custom)?;
        Ok(Self(bytes))
    }
}

impl JsonSchema for KeyedHash {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "KeyedHash".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "keyed-hash"})
    }
}

/// A sealed text that is also looked up by equality.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SealedText {
    /// The text's ciphertext.
    pub sealed: Sealed,
    /// The text's keyed hash.
    pub hash: KeyedHash,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_values_stand_behind_their_marker_and_never_show_in_debug() {
        let sealed = Sealed::from_envelope(vec![1, 2, 3]);
        assert_eq!(
            serde_json::to_string(&sealed).ok().as_deref(),
            Some(r#"{"$sealed":"AQID"}"#)
        );
        assert_eq!(
            serde_json::from_str::<Sealed>(r#"{"$sealed":"AQID"}"#).ok(),
            Some(sealed.clone())
        );
        assert!(serde_json::from_str::<Sealed>(r#""AQID""#).is_err());
        assert_eq!(format!("{sealed:?}"), "Sealed(3 bytes)");
    }

    #[test]
    fn a_keyed_hash_is_64_hexadecimal_digits() {
        let hash = KeyedHash::from_bytes([0xab; 32]);
        let json = serde_json::to_string(&hash).unwrap_or_default();
        assert_eq!(json, format!("\"{}\"", "ab".repeat(32)));
        assert_eq!(serde_json::from_str::<KeyedHash>(&json).ok(), Some(hash));
        assert!(serde_json::from_str::<KeyedHash>("\"ab\"").is_err());
    }
}
