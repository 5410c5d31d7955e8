//! What a policy reads beside who asks, and for what.

use cedar_policy::Policy;
use serde_json::Value;

/// What a policy's conditions read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Reads {
    /// What is known of the dataset.
    pub(super) dataset: bool,
    /// What is known of the request: time, address, age of the second factor.
    pub(super) circumstances: bool,
}

impl Reads {
    /// Whatever mentions a thing may read all of it. Of a policy that does not show its conditions, everything is assumed.
    pub(super) fn of(policy: &Policy) -> Self {
        let Ok(json) = policy.to_json() else {
            return Self {
                dataset: true,
                circumstances: true,
            };
        };
        Self {
            dataset: mentions(&json["conditions"], "resource"),
            circumstances: mentions(&json["conditions"], "context"),
        }
    }

    /// What either reads.
    pub(super) const fn and(self, other: Self) -> Self {
        Self {
            dataset: self.dataset || other.dataset,
            circumstances: self.circumstances || other.circumstances,
        }
    }
}

/// Whether a variable stands anywhere in conditions, as `{"Var": "resource"}`.
fn mentions(conditions: &Value, variable: &str) -> bool {
    match conditions {
        Value::Object(members) => {
            let is_it = members.get("Var").is_some_and(|name| name == variable);
            is_it || members.values().any(|member| mentions(member, variable))
        }
        Value::Array(items) => items.iter().any(|item| mentions(item, variable)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(conditions: &str) -> (bool, bool) {
        let policy = format!("permit (principal, action, resource is Dataset) {conditions};");
        let Reads {
            dataset,
            circumstances,
        } = Reads::of(&Policy::parse(None, policy).expect("a policy"));
        (dataset, circumstances)
    }

    #[test]
    fn what_conditions_mention_is_read() {
        assert_eq!(reads(""), (false, false));
        assert_eq!(reads(r#"when { principal in Role::"auditor" }"#), (false, false));
        assert_eq!(reads("when { resource.sensitive }"), (true, false));
        assert_eq!(
            reads("unless { resource has owner && resource.owner == principal }"),
            (true, false)
        );
        assert_eq!(reads(r#"when { context.environment == "prod" }"#), (false, true));
        assert_eq!(
            reads(
                "when { true } unless { [1, if resource.sensitive then 1 else 2].contains(2) && context has mfa_age_s }"
            ),
            (true, true)
        );
        // a text is no variable
        assert_eq!(reads(r#"when { "resource" == "context" }"#), (false, false));
    }
}
