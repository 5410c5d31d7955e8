//! How carefully a dataset's records are handed out.

use serde_json::Value;

/// How carefully a dataset's records are handed out; a member of its settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sensitivity {
    /// Reads are in the log within a second.
    #[default]
    Normal,
    /// Reads are answered when they are in the log.
    Sensitive,
}

impl Sensitivity {
    /// The member's name.
    pub const SETTING: &str = "sensitivity";
    /// The values that it may have.
    pub const NAMES: [&str; 2] = ["normal", "sensitive"];

    /// By the settings of a dataset. A value of an older release, which took any, is taken for the stricter one.
    #[must_use]
    pub fn of(settings: Option<&Value>) -> Self {
        let marked = settings.and_then(|settings| settings.get(Self::SETTING));
        marked.map_or(Self::Normal, |marked| {
            Self::parse(marked).unwrap_or(Self::Sensitive)
        })
    }

    /// Reads the member's value.
    #[must_use]
    pub fn parse(value: &Value) -> Option<Self> {
        match value.as_str()? {
            "normal" => Some(Self::Normal),
            "sensitive" => Some(Self::Sensitive),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_names_are_taken() {
        assert_eq!(Sensitivity::parse(&"normal".into()), Some(Sensitivity::Normal));
        assert_eq!(
            Sensitivity::parse(&"sensitive".into()),
            Some(Sensitivity::Sensitive)
        );
        for bad in [Value::Null, true.into(), "Sensitive".into(), "".into()] {
            assert_eq!(Sensitivity::parse(&bad), None, "{bad}");
        }
        assert!(
            Sensitivity::NAMES
                .iter()
                .all(|name| Sensitivity::parse(&(*name).into()).is_some())
        );
    }
}
