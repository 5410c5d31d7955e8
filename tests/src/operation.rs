//! What the served OpenAPI document says that can be asked for, and requests made from it.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::client::{Answer, Client};

/// One method of one path.
#[derive(Debug, Clone)]
pub struct Operation {
    /// The method.
    pub method: Method,
    /// The path with its parameters in braces.
    pub template: String,
    description: Value,
    document: Arc<Value>,
}

impl Operation {
    /// Every operation of the document that the server serves.
    pub async fn all(client: &Client) -> Vec<Self> {
        let served = client.get("/openapi.json").reply().await;
        let document = Arc::new(served.expect_status(200).json());
        let mut all = Vec::new();
        for (template, methods) in document["paths"].as_object().expect("paths") {
            for (method, description) in methods.as_object().expect("methods") {
                all.push(Self {
                    method: method.to_uppercase().parse().expect("a method"),
                    template: template.clone(),
                    description: description.clone(),
                    document: Arc::clone(&document),
                });
            }
        }
        all
    }

    /// Method and path, as people say them.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.template)
    }

    /// Whether it says that nobody has to log in for it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        let security = &self.description["security"];
        *security == json!([]) || *security == json!([{}])
    }

    /// The statuses that it says it answers with.
    #[must_use]
    pub fn statuses(&self) -> Vec<u16> {
        let responses = self.description["responses"].as_object().expect("responses");
        responses
            .keys()
            .filter_map(|status| status.parse().ok())
            .collect()
    }

    /// The parameters of its path, each with the segment before it.
    #[must_use]
    pub fn placeholders(&self) -> Vec<(&str, &str)> {
        let segments: Vec<&str> = self.template.split('/').collect();
        let named = segments.windows(2).filter_map(|pair| {
            let name = pair[1].strip_prefix('{')?.strip_suffix('}')?;
            Some((pair[0], name))
        });
        named.collect()
    }

    /// Its path with these values in the order of [`Self::placeholders`].
    #[must_use]
    pub fn path(&self, values: &[String]) -> String {
        let mut path = self.template.clone();
        for ((_, name), value) in self.placeholders().into_iter().zip(values) {
            path = path.replace(&format!("{{{name}}}"), value);
        }
        path
    }

    /// The names of the parameters of its query string, and which of them it cannot do without.
    #[must_use]
    pub fn query(&self) -> Vec<(&str, Need)> {
        let parameters = self.description["parameters"].as_array();
        let parameters = parameters.into_iter().flatten();
        let named = parameters.filter(|parameter| parameter["in"] == "query");
        let named = named.filter_map(|parameter| {
            let need = if parameter["required"] == true {
                Need::Required
            } else {
                Need::Optional
            };
            Some((parameter["name"].as_str()?, need))
        });
        named.collect()
    }

    /// The whole numbers in its query string, each with the least and the greatest that it says it takes.
    #[must_use]
    pub fn whole_numbers(&self) -> Vec<(&str, i64, i64)> {
        let parameters = self.description["parameters"].as_array();
        let parameters = parameters.into_iter().flatten();
        let named = parameters.filter(|parameter| parameter["in"] == "query");
        let numbers = named.filter_map(|parameter| {
            let schema = self.resolved(&parameter["schema"]);
            let bounds = schema["minimum"].as_i64().zip(schema["maximum"].as_i64());
            let (least, most) = (kind(schema) == "integer").then_some(bounds)?.expect("bounds");
            Some((parameter["name"].as_str()?, least, most))
        });
        numbers.collect()
    }

    /// Whether it takes a body of JSON.
    #[must_use]
    pub fn takes_json(&self) -> bool {
        self.schema().is_some()
    }

    /// A body of what it cannot do without, and of what `known` gives: asked by field and form for each field.
    #[must_use]
    pub fn body(&self, known: &dyn Fn(&str, &str) -> Option<Value>) -> Option<Value> {
        Some(self.sample("", self.schema()?, known))
    }

    /// The texts in its body, by the names of the fields on the way to them.
    #[must_use]
    pub fn text_fields(&self) -> Vec<String> {
        let schema = self.schema().map(|schema| self.resolved(schema));
        let fields = schema.and_then(|schema| schema["properties"].as_object());
        let texts = fields.into_iter().flatten().filter(|(_, schema)| {
            let schema = self.resolved(schema);
            kind(schema) == "string"
        });
        texts.map(|(name, _)| name.clone()).collect()
    }

    fn schema(&self) -> Option<&Value> {
        let schema = &self.description["requestBody"]["content"]["application/json"]["schema"];
        schema.is_object().then_some(schema)
    }

    /// What a reference stands for; of several forms the first that is not null.
    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        if let Some(pointer) = schema["$ref"].as_str() {
            let target = self.document.pointer(pointer.trim_start_matches('#'));
            return self.resolved(target.expect("a reference leads somewhere"));
        }
        let forms = ["oneOf", "anyOf", "allOf"]
            .iter()
            .find_map(|name| schema[*name].as_array());
        let form = forms.and_then(|forms| forms.iter().find(|form| form["type"] != "null"));
        form.map_or(schema, |form| self.resolved(form))
    }

    fn sample(&self, name: &str, schema: &Value, known: &dyn Fn(&str, &str) -> Option<Value>) -> Value {
        let schema = self.resolved(schema);
        if let Some(value) = known(name, schema["format"].as_str().unwrap_or_default()) {
            return value;
        }
        if let Some(value) = schema["enum"].as_array().and_then(|values| values.first()) {
            return value.clone();
        }
        if let Some(value) = schema.get("const") {
            return value.clone();
        }
        match kind(schema) {
            "object" => self.object(schema, known),
            "array" => json!([self.sample("", &schema["items"], known)]),
            "integer" | "number" => schema.get("minimum").cloned().unwrap_or_else(|| json!(1)),
            "boolean" => json!(false),
            _ => json!("sample"),
        }
    }

    fn object(&self, schema: &Value, known: &dyn Fn(&str, &str) -> Option<Value>) -> Value {
        let mut object = Map::new();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let required = schema["required"].as_array();
            let is_required = required.is_some_and(|names| names.contains(&json!(name)));
            let format = self.resolved(property)["format"].as_str().unwrap_or_default();
            if is_required || known(name, format).is_some() {
                object.insert(name.clone(), self.sample(name, property, known));
            }
        }
        Value::Object(object)
    }
}

/// Whether a request can do without a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// It cannot.
    Required,
    /// It can.
    Optional,
}

/// The type of what a schema describes; of several the first that is not null.
fn kind(schema: &Value) -> &str {
    let name = match &schema["type"] {
        Value::Array(names) => names
            .iter()
            .filter_map(Value::as_str)
            .find(|name| *name != "null"),
        name => name.as_str(),
    };
    name.unwrap_or("object")
}
