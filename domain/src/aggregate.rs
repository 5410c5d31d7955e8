//! The one shape of every aggregate: pure `decide` and `evolve`.

use std::fmt::Debug;

use chrono::{DateTime, Utc};
use schemars::{Schema, SchemaGenerator};
use serde::{Serialize, de::DeserializeOwned};

/// An event could not be read back from its stored form.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The log holds a type or version that this build does not know.
    #[error("unknown event type or version")]
    UnknownType,
    /// The payload does not have the shape that its type and version promise.
    #[error("the payload does not fit its event type")]
    Payload(#[source] serde_json::Error),
}

/// A past fact of one aggregate. Its serde form (without a tag) is its stored payload.
pub trait DomainEvent: Serialize + Clone + Debug + PartialEq + Send + Sync + Sized {
    /// The frozen name, `subject.past_tense`.
    fn event_type(&self) -> &'static str;

    /// The payload's version, from 1.
    fn event_version(&self) -> u32;

    /// Reads a stored payload of any version ever written.
    ///
    /// # Errors
    /// [`DecodeError`] when the type or version is unknown, or the payload does not fit.
    fn decode(event_type: &str, event_version: u32, payload: &str) -> Result<Self, DecodeError>;

    /// The JSON Schema of every payload, by event type and current version.
    fn schemas(generator: &mut SchemaGenerator) -> Vec<(&'static str, u32, Schema)>;
}

/// What an aggregate is told about the moment of a command, since it has no clock of its own.
#[derive(Debug, Clone, Copy)]
pub struct Context {
    /// The time of the command.
    pub now: DateTime<Utc>,
}

/// A consistency boundary: commands are decided against its state, and events evolve it.
pub trait Aggregate: Default + Clone + Debug + Serialize + DeserializeOwned + Send + Sync {
    /// The frozen name of the stream type.
    const TYPE: &'static str;
    /// Grows when the state's serde form changes, so that older snapshots are ignored.
    const STATE_VERSION: u32;
    /// The orders that it takes.
    type Command;
    /// The facts that it records.
    type Event: DomainEvent;
    /// The reasons why it says no.
    type Refusal: std::error::Error + Send + Sync + 'static;

    /// Decides which facts follow from a command.
    ///
    /// # Errors
    /// The refusal, when the rules forbid the command in this state.
    fn decide(&self, command: Self::Command, ctx: &Context) -> Result<Vec<Self::Event>, Self::Refusal>;

    /// Takes a fact in. Total: no error, no rule.
    fn evolve(&mut self, event: &Self::Event);
}

/// Declares an aggregate's event enum with its stored names and versions, and implements [`DomainEvent`] for it.
///
/// An event that was written in other shapes before names them: `Renamed(Renamed) = "thing.renamed" v 2 from [1: RenamedV1],`
/// with `RenamedV1: Deserialize` and `Renamed: From<RenamedV1>`. Each old version keeps its fixture.
macro_rules! events {
    ($(#[$doc:meta])* $name:ident { $(
        $(#[$vdoc:meta])* $variant:ident($body:ty) = $event_type:literal v $version:literal
        $(from [$($older:literal: $was:ty),+])?,
    )+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize)]
        #[serde(untagged)]
        pub enum $name {
            $($(#[$vdoc])* $variant($body),)+
        }

        impl $crate::aggregate::DomainEvent for $name {
            fn event_type(&self) -> &'static str {
                match self { $(Self::$variant(_) => $event_type,)+ }
            }

            fn event_version(&self) -> u32 {
                match self { $(Self::$variant(_) => $version,)+ }
            }

            fn decode(
                event_type: &str,
                event_version: u32,
                payload: &str,
            ) -> Result<Self, $crate::aggregate::DecodeError> {
                match (event_type, event_version) {
                    $(($event_type, $version) => serde_json::from_str(payload)
                        .map(Self::$variant)
                        .map_err($crate::aggregate::DecodeError::Payload),
                    $($(($event_type, $older) => serde_json::from_str::<$was>(payload)
                        .map(|was| Self::$variant(was.into()))
                        .map_err($crate::aggregate::DecodeError::Payload),)+)?)+
                    _ => Err($crate::aggregate::DecodeError::UnknownType),
                }
            }

            fn schemas(
                generator: &mut schemars::SchemaGenerator,
            ) -> Vec<(&'static str, u32, schemars::Schema)> {
                vec![$(($event_type, $version, generator.subschema_for::<$body>()),)+]
            }
        }
    };
}
pub(crate) use events;

#[cfg(test)]
mod tests {
    #![expect(unreachable_pub, reason = "the macro declares what others may use")]

    use serde::Deserialize;

    use super::*;

    /// How a measurement was written first, and then.
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct MeasuredV1 {
        metres: u64,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct MeasuredV2 {
        centimetres: u64,
    }

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
    #[serde(deny_unknown_fields)]
    pub struct Measured {
        millimetres: u64,
    }

    impl From<MeasuredV1> for Measured {
        fn from(was: MeasuredV1) -> Self {
            Self {
                millimetres: was.metres * 1_000,
            }
        }
    }

    impl From<MeasuredV2> for Measured {
        fn from(was: MeasuredV2) -> Self {
            Self {
                millimetres: was.centimetres * 10,
            }
        }
    }

    events! {
        /// A fact of a test.
        RulerEvent {
            /// Something was measured.
            Measured(Measured) = "ruler.measured" v 3 from [1: MeasuredV1, 2: MeasuredV2],
            /// Something that never changed its shape.
            Lost(Measured) = "ruler.lost" v 1,
        }
    }

    #[test]
    fn every_old_version_is_read_as_the_present_one_and_none_is_written() {
        let measured = RulerEvent::Measured(Measured { millimetres: 2_000 });
        for (version, payload) in [
            (1, r#"{"metres":2}"#),
            (2, r#"{"centimetres":200}"#),
            (3, r#"{"millimetres":2000}"#),
        ] {
            let decoded = RulerEvent::decode("ruler.measured", version, payload);
            assert_eq!(decoded.ok(), Some(measured.clone()), "version {version}");
        }
        assert_eq!(measured.event_version(), 3);
        assert_eq!(
            serde_json::to_string(&measured).ok().as_deref(),
            Some(r#"{"millimetres":2000}"#)
        );
    }

    #[test]
    fn a_version_takes_its_own_shape_alone() {
        for (version, payload) in [
            (1, r#"{"centimetres":2}"#),
            (2, r#"{"metres":2}"#),
            (3, r#"{"metres":2}"#),
        ] {
            let decoded = RulerEvent::decode("ruler.measured", version, payload);
            assert!(
                matches!(decoded, Err(DecodeError::Payload(_))),
                "version {version}"
            );
        }
        for (event_type, version) in [("ruler.measured", 4), ("ruler.lost", 2)] {
            let decoded = RulerEvent::decode(event_type, version, r#"{"millimetres":1}"#);
            assert!(
                matches!(decoded, Err(DecodeError::UnknownType)),
                "{event_type} {version}"
            );
        }
    }
}
