//! What the OpenAPI document of every endpoint repeats.

mod complete;
mod names;

use std::collections::BTreeMap;

use utoipa::{
    IntoParams, IntoResponses, ToSchema,
    openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder, response::Response},
};

pub use complete::complete;
pub use names::{ActionName, RoleName};

use crate::ProblemBody;

/// The problems that any endpoint may answer with.
#[derive(Debug, Clone, Copy)]
pub struct ProblemResponses;

impl IntoResponses for ProblemResponses {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let described = [
            ("400", "The request is invalid."),
            ("401", "The caller is unknown."),
            ("403", "The caller may not do this."),
            ("404", "There is no such thing, or the caller may not see it."),
            ("429", "The caller sends too many requests."),
            ("500", "The service failed."),
            ("503", "The service, or a part that this needs, is away."),
        ];
        described
            .into_iter()
            .map(|(status, words)| (status.to_owned(), problem(words)))
            .collect()
    }
}

fn problem(description: &str) -> RefOr<Response> {
    let schema = Ref::from_schema_name(<ProblemBody<'_> as ToSchema>::name());
    let content = ContentBuilder::new().schema(Some(schema)).build();
    ResponseBuilder::new()
        .description(description)
        .content("application/problem+json", content)
        .build()
        .into()
}

/// The header that lets a client repeat a request.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "the fields document the headers and are never read")]
pub struct IdempotencyHeaders {
    /// The same key and body give the same answer for 24 hours. Also spelled `X-Idempotency-Key`.
    #[param(rename = "Idempotency-Key", min_length = 1, max_length = 255)]
    idempotency_key: Option<String>,
}

/// The headers of a write.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "the fields document the headers and are never read")]
pub struct WriteHeaders {
    /// The same key and body give the same answer for 24 hours. Also spelled `X-Idempotency-Key`.
    #[param(rename = "Idempotency-Key", min_length = 1, max_length = 255)]
    idempotency_key: Option<String>,
    /// `respond-async` answers before a read sees the write.
    #[param(rename = "Prefer", example = "respond-async")]
    prefer: Option<String>,
}

/// The headers of a read.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "the fields document the headers and are never read")]
pub struct ReadHeaders {
    /// The `Vault-Position` of a write that the answer must reflect.
    #[param(rename = "Vault-Min-Position")]
    min_position: Option<String>,
}

#[cfg(test)]
mod tests {
    use utoipa::{OpenApi, openapi::OpenApi as Document};

    use super::*;
    use crate::{FieldError, Page, PageQuery};

    #[derive(serde::Serialize, ToSchema)]
    struct Thing {
        name: String,
    }

    #[utoipa::path(
        get, path = "/things",
        params(PageQuery, ReadHeaders, WriteHeaders),
        responses((status = 200, body = Page<Thing>), ProblemResponses)
    )]
    #[expect(dead_code, reason = "only its description is looked at")]
    fn things() {}

    #[derive(OpenApi)]
    #[openapi(paths(things), components(schemas(ProblemBody, FieldError)))]
    struct Api;

    fn document() -> serde_json::Value {
        let document: Document = Api::openapi();
        serde_json::to_value(document).expect("serializes")
    }

    #[test]
    fn problems_and_pages_stand_in_the_document() {
        let document = document();
        assert_eq!(document["openapi"], "3.1.0");
        let operation = &document["paths"]["/things"]["get"];
        let problem = &operation["responses"]["404"]["content"]["application/problem+json"]["schema"]["$ref"];
        let name = problem
            .as_str()
            .and_then(|path| path.rsplit('/').next())
            .expect("is a reference");
        let schema = &document["components"]["schemas"][name];
        for field in [
            "type",
            "title",
            "status",
            "detail",
            "instance",
            "code",
            "trace_id",
            "timestamp",
        ] {
            assert!(
                schema["required"]
                    .as_array()
                    .is_some_and(|names| names.contains(&field.into())),
                "{schema}"
            );
        }
        assert_eq!(
            schema["properties"]["errors"]["items"]["$ref"],
            "#/components/schemas/FieldError"
        );
        let page = &document["components"]["schemas"]["Page_Thing"];
        assert_eq!(page["required"], serde_json::json!(["items"]), "{page}");
    }

    #[test]
    fn the_limit_of_a_page_is_documented() {
        let parameters = document()["paths"]["/things"]["get"]["parameters"].clone();
        let named = |name: &str| {
            let all = parameters.as_array().expect("is a list");
            all.iter()
                .find(|parameter| parameter["name"] == name)
                .cloned()
                .unwrap_or_default()
        };
        let limit = named("limit");
        assert_eq!(
            (&limit["in"], &limit["required"]),
            (&"query".into(), &false.into())
        );
        assert_eq!(
            (&limit["schema"]["maximum"], &limit["schema"]["default"]),
            (&100.into(), &20.into()),
            "{limit}"
        );
        assert_eq!(named("Idempotency-Key")["in"], "header");
        assert_eq!(named("Vault-Min-Position")["required"], false);
    }
}
