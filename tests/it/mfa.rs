//! Second factors: asked for after the password, taken once on all nodes, and needed for roles that want one.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use totp_rs::Totp;
use vault_tests::{Account, Answer, Client, Deployment, Reply, Server, finished, shared};

/// A deployment with two nodes, and an account.
struct Setting {
    deployment: Deployment,
    nodes: [Server; 2],
    account: Account,
}

impl Setting {
    async fn new(settings: &[(&str, &str)]) -> Self {
        let deployment = Deployment::new().await;
        let nodes = [deployment.serve_with(settings), deployment.serve_with(settings)];
        let account = shared::register(&deployment, nodes[0].url(), None, "admin").await;
        Self {
            deployment,
            nodes,
            account,
        }
    }

    fn node(&self, number: usize) -> Client {
        Client::anonymous(self.nodes[number].url())
    }

    fn user(&self) -> Client {
        self.node(0).with_token(&self.account.token)
    }

    async fn login(&self, number: usize, code: Option<&str>) -> Reply {
        self.login_with(number, shared::PASSWORD, code).await
    }

    async fn login_with(&self, number: usize, password: &str, code: Option<&str>) -> Reply {
        let mut body = json!({ "email": self.account.email, "password": password });
        if let Some(code) = code {
            body["totp"] = json!(code);
        }
        self.node(number).post("/auth/login").json(&body).reply().await
    }

    async fn enroll(&self) -> App {
        let body = json!({ "password": shared::PASSWORD });
        let enrolled = self.user().post("/auth/mfa/totp/enroll").json(&body);
        let enrolled = enrolled.reply().await.expect_status(200).json();
        let url = enrolled["otpauth_url"].as_str().expect("an address");
        let totp = Totp::from_url(url).expect("apps read it");
        assert_eq!(enrolled["secret"], totp.secret().to_base32());
        assert_eq!(totp.account_name(), self.account.email);
        App(totp)
    }

    async fn confirm(&self, code: &str) -> Reply {
        let body = json!({ "code": code });
        self.user()
            .post("/auth/mfa/totp/confirm")
            .json(&body)
            .reply()
            .await
    }

    /// An app that is set up, and recovery codes.
    async fn set_up(&self) -> (App, Vec<String>) {
        let app = self.enroll().await;
        let confirmed = self.confirm(&app.code()).await.expect_status(200).json();
        self.time_goes_by().await;
        let codes = confirmed["recovery_codes"].as_array().expect("codes").iter();
        (
            app,
            codes
                .map(|code| code.as_str().expect("a code").to_owned())
                .collect(),
        )
    }

    /// Long enough for the present code to be a new one.
    async fn time_goes_by(&self) {
        sqlx::query("UPDATE second_factors SET last_step = 0")
            .execute(&mut self.deployment.sql().await)
            .await
            .expect("time goes by");
    }
}

/// An authenticator app.
struct App(Totp);

impl App {
    fn code(&self) -> String {
        self.code_at(0)
    }

    /// The code of so many steps from now.
    fn code_at(&self, steps: i64) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
        let at = now.as_secs().saturating_add_signed(steps * 30);
        self.0.generate(at).to_string()
    }

    /// A code of no step nearby.
    fn wrong(&self) -> String {
        let near: Vec<String> = (-2..=2).map(|steps| self.code_at(steps)).collect();
        let mut all = (0..1_000_000).map(|number| format!("{number:06}"));
        all.find(|code| !near.contains(code))
            .expect("most codes are wrong")
    }
}

fn claims(token: &Value) -> Value {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let payload = token.as_str().and_then(|token| token.split('.').nth(1));
    let payload = URL_SAFE_NO_PAD
        .decode(payload.expect("a payload"))
        .expect("base64");
    serde_json::from_slice(&payload).expect("claims")
}

#[tokio::test]
async fn codes_are_asked_for_after_the_password_once_the_user_has_shown_one() {
    let setting = Setting::new(&[]).await;
    let wrong = json!({ "password": "a wrong guess" });
    let enroll = setting.user().post("/auth/mfa/totp/enroll").json(&wrong);
    enroll.reply().await.expect_problem(401, "AUTH_1008");
    setting.confirm("123456").await.expect_problem(409, "DATA_4009");
    let abandoned = setting.enroll().await;
    let _ = setting.login(0, None).await.expect_status(200);
    let app = setting.enroll().await;
    for code in [
        abandoned.code(),
        app.wrong(),
        String::new(),
        "12345678".to_owned(),
    ] {
        setting.confirm(&code).await.expect_problem(401, "AUTH_1012");
    }
    let confirmed = setting.confirm(&app.code()).await.expect_status(200).json();
    assert_eq!(confirmed["recovery_codes"].as_array().map(Vec::len), Some(10));
    setting
        .confirm(&app.code_at(1))
        .await
        .expect_problem(409, "DATA_4009");
    setting.time_goes_by().await;

    // who does not know the password hears of no second factor
    for code in [None, Some(app.code())] {
        let refused = setting.login_with(1, "a wrong guess", code.as_deref()).await;
        refused.expect_problem(401, "AUTH_1008");
    }
    setting.login(1, None).await.expect_problem(401, "AUTH_1011");
    setting
        .login(1, Some(&app.wrong()))
        .await
        .expect_problem(401, "AUTH_1012");
    let tokens = setting
        .login(1, Some(&app.code()))
        .await
        .expect_status(200)
        .json();
    let claims = claims(&tokens["access_token"]);
    assert_eq!(claims["amr"], json!(["pwd", "otp", "mfa"]));
    assert_eq!(claims["mfa_time"], claims["auth_time"]);
}

#[tokio::test]
async fn a_code_is_taken_once_on_all_nodes_and_none_before_it() {
    let setting = Setting::new(&[]).await;
    let (app, _) = setting.set_up().await;
    let (before, code) = (app.code_at(-1), app.code());
    let attempts = (0..6).map(|number| setting.login(number % 2, Some(&code)));
    let answers = futures::future::join_all(attempts).await;
    let let_in = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(let_in, 1, "{answers:?}");
    let mut sql = setting.deployment.sql().await;
    sqlx::query("DELETE FROM login_failures")
        .execute(&mut sql)
        .await
        .expect("the count begins anew");
    for used in [&before, &code] {
        setting
            .login(1, Some(used))
            .await
            .expect_problem(401, "AUTH_1012");
    }
}

#[tokio::test]
async fn wrong_codes_lock_the_account_like_wrong_passwords() {
    let setting = Setting::new(&[]).await;
    let (app, codes) = setting.set_up().await;
    for number in 0..5 {
        let refused = setting.login(number % 2, Some(&app.wrong())).await;
        refused.expect_problem(401, "AUTH_1012");
    }
    for right in [&app.code(), &codes[0]] {
        setting
            .login(0, Some(right))
            .await
            .expect_problem(401, "AUTH_1009");
    }
}

#[tokio::test]
async fn a_recovery_code_lets_its_user_in_once() {
    let setting = Setting::new(&[]).await;
    let (_, codes) = setting.set_up().await;
    let typed = codes[0].to_uppercase().replace('-', " ");
    let attempts = (0..4).map(|number| setting.login(number % 2, Some(&typed)));
    let answers = futures::future::join_all(attempts).await;
    let let_in = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(let_in, 1, "{answers:?}");
    let _ = setting.login(1, Some(&codes[1])).await.expect_status(200);
    let events = setting.user().get("/audit/events?type=recovery_code.used");
    let events = events.reply().await.expect_status(200).json();
    let left: Vec<&Value> = events["items"]
        .as_array()
        .expect("events")
        .iter()
        .map(|event| &event["payload"]["left"])
        .collect();
    assert_eq!(left.len(), 2);
    assert!(left.contains(&&json!(9)) && left.contains(&&json!(8)), "{left:?}");
}

#[tokio::test]
async fn a_second_factor_is_removed_by_who_has_both() {
    let setting = Setting::new(&[]).await;
    let (app, _) = setting.set_up().await;
    let remove = async |password: &str, code: &str| {
        let body = json!({ "password": password, "code": code });
        let request = setting.user().post("/auth/mfa/totp/remove").json(&body);
        request.reply().await
    };
    remove("a wrong guess", &app.code())
        .await
        .expect_problem(401, "AUTH_1008");
    remove(shared::PASSWORD, &app.wrong())
        .await
        .expect_problem(401, "AUTH_1012");
    let _ = remove(shared::PASSWORD, &app.code()).await.expect_status(204);
    let _ = setting.login(1, None).await.expect_status(200);
}

#[tokio::test]
async fn an_operator_lets_in_who_lost_app_and_codes() {
    let setting = Setting::new(&[]).await;
    let _ = setting.set_up().await;
    let (tenant, user) = (&setting.account.tenant, &setting.account.user);
    let reset = ["users", "reset-mfa", "--tenant", tenant, "--user", user];
    let said = finished(setting.deployment.command().args(reset));
    assert!(said.contains("no second factor"), "{said}");
    let _ = setting.login(1, None).await.expect_status(200);
    let again = setting.deployment.command().args(reset).output();
    assert!(!again.expect("the command starts").status.success());
}

#[tokio::test]
async fn roles_that_want_a_second_factor_are_withheld_without_one() {
    let setting = Setting::new(&[("VAULT_AUTH_REQUIRE_MFA_ROLES", r#"["admin"]"#)]).await;
    let tokens = setting.login(0, None).await.expect_status(200).json();
    assert_eq!(tokens["mfa_required"], true);
    let user = setting.user();
    let me = user.get("/auth/me").reply().await.expect_status(200).json();
    assert_eq!(me["roles"], json!([]));
    user.get("/datasets")
        .reply()
        .await
        .expect_problem(403, "AUTHZ_2001");
    let key = user
        .post("/api-keys")
        .json(&json!({ "name": "x", "scopes": ["dataset:list"] }));
    key.reply().await.expect_problem(403, "AUTHZ_2001");

    let (app, _) = setting.set_up().await;
    let tokens = setting
        .login(1, Some(&app.code()))
        .await
        .expect_status(200)
        .json();
    assert!(tokens.get("mfa_required").is_none(), "{tokens}");
    let refreshed = setting
        .node(0)
        .post("/auth/refresh")
        .json(&json!({ "refresh_token": tokens["refresh_token"] }))
        .reply()
        .await
        .expect_status(200)
        .json();
    for tokens in [&tokens, &refreshed] {
        let user = setting
            .node(0)
            .with_token(tokens["access_token"].as_str().expect("a token"));
        let _ = user.get("/datasets").reply().await.expect_status(200);
        assert!(claims(&tokens["access_token"])["mfa_time"].is_number());
    }
}

#[tokio::test]
async fn the_session_in_which_a_factor_is_set_up_has_it_from_its_next_refresh_on() {
    let setting = Setting::new(&[("VAULT_AUTH_REQUIRE_MFA_ROLES", r#"["admin"]"#)]).await;
    let tokens = setting.login(0, None).await.expect_status(200).json();
    let user = setting
        .node(0)
        .with_token(tokens["access_token"].as_str().expect("a token"));
    let app = setting.enroll().await;
    let confirm = user
        .post("/auth/mfa/totp/confirm")
        .json(&json!({ "code": app.code() }));
    let _ = confirm.reply().await.expect_status(200);
    let refreshed = setting
        .node(1)
        .post("/auth/refresh")
        .json(&json!({ "refresh_token": tokens["refresh_token"] }))
        .reply()
        .await
        .expect_status(200)
        .json();
    let user = user.with_token(refreshed["access_token"].as_str().expect("a token"));
    let me = user.get("/auth/me").reply().await.expect_status(200).json();
    assert_eq!(me["roles"], json!(["admin"]));
}

#[tokio::test]
async fn neither_the_log_nor_the_rows_hold_a_secret_or_a_code() {
    let setting = Setting::new(&[]).await;
    let (app, codes) = setting.set_up().await;
    let _ = setting.login(0, Some(&codes[0])).await.expect_status(200);
    let mut sql = setting.deployment.sql().await;
    let stored: String = sqlx::query_scalar(
        "SELECT (SELECT string_agg(payload::text || metadata::text, ' ') FROM events) \
         || (SELECT string_agg(f::text, ' ') FROM second_factors f)",
    )
    .fetch_one(&mut sql)
    .await
    .expect("everything");
    let raw: String = app
        .0
        .secret()
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert!(!stored.contains(&raw) && !stored.contains(app.0.secret().to_base32().as_str()));
    for code in &codes {
        let hex: String = code
            .replace('-', "")
            .bytes()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert!(!stored.contains(&code.replace('-', "")) && !stored.contains(&hex));
    }
}

#[tokio::test]
async fn the_session_that_was_not_used_for_the_longest_time_makes_room() {
    let setting = Setting::new(&[("VAULT_AUTH_MAX_SESSIONS", "2")]).await;
    let token = |reply: Reply| reply.expect_status(200).json()["access_token"].clone();
    let second = token(setting.login(0, None).await);
    let third = token(setting.login(0, None).await);
    let status = async |token: &str| {
        let client = setting.node(0).with_token(token);
        client.get("/auth/me").reply().await
    };
    status(&setting.account.token)
        .await
        .expect_problem(401, "AUTH_1014");
    for token in [&second, &third] {
        let _ = status(token.as_str().expect("a token")).await.expect_status(200);
    }
}

#[tokio::test]
async fn a_session_that_is_not_refreshed_for_half_an_hour_is_over() {
    let setting = Setting::new(&[]).await;
    let tokens = setting.login(0, None).await.expect_status(200).json();
    let mut sql = setting.deployment.sql().await;
    sqlx::query("UPDATE refresh_tokens SET issued_at = issued_at - interval '30 min'")
        .execute(&mut sql)
        .await
        .expect("half an hour goes by");
    let refresh = setting
        .node(1)
        .post("/auth/refresh")
        .json(&json!({ "refresh_token": tokens["refresh_token"] }));
    refresh.reply().await.expect_problem(401, "AUTH_1018");
    let sessions = setting.user().get("/auth/sessions").reply().await.json();
    assert_eq!(sessions["items"], json!([]));
}
