//! Ways around a lockout.

use serde_json::json;
use vault_tests::{Answer, shared};

async fn attempt(email: &str, password: &str) -> vault_tests::Reply {
    let body = json!({ "email": email, "password": password });
    shared::anonymous()
        .await
        .post("/auth/login")
        .json(&body)
        .reply()
        .await
}

#[tokio::test]
async fn a_lockout_holds_however_the_email_is_written() {
    let (_, account) = shared::new_tenant().await;
    let email = account.email.as_str();
    let upper = email.to_uppercase();
    let mixed = email.replacen('u', "U", 1);
    let spaced = format!(" {email} ");
    // a sign that is the letter k in lower case, and letters of full width
    let wide: String = email
        .chars()
        .map(|c| if c == 'x' { '\u{ff58}' } else { c })
        .collect();
    let spellings = [email, &upper, &mixed, &spaced, &wide];
    for spelling in spellings {
        let refused = attempt(spelling, "a wrong guess, one of five").await;
        assert!([400, 401].contains(&refused.status), "{spelling}: {refused:?}");
    }
    for _ in 0..5 {
        attempt(email, "a wrong guess, one of five")
            .await
            .expect_problem(401, "AUTH_1008");
    }
    for spelling in spellings {
        let answer = attempt(spelling, shared::PASSWORD).await;
        assert!([400, 401].contains(&answer.status), "{spelling}: {answer:?}");
    }
    attempt(&upper, shared::PASSWORD)
        .await
        .expect_problem(401, "AUTH_1009");
}

#[tokio::test]
async fn guesses_under_several_spellings_count_together() {
    let (_, account) = shared::new_tenant().await;
    let upper = account.email.to_uppercase();
    for number in 0..5 {
        let spelling = if number % 2 == 0 { &account.email } else { &upper };
        attempt(spelling, "a wrong guess, one of five")
            .await
            .expect_problem(401, "AUTH_1008");
    }
    attempt(&account.email, shared::PASSWORD)
        .await
        .expect_problem(401, "AUTH_1009");
}
