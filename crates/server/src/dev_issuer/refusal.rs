//! What the issuer refuses: Entra's numbers with OAuth's words for them (RFC 6749, 4.1.2.1 and 5.2; RFC 8628, 3.5), as
//! data. In a description, `{}` stands for what the request had.

use crate::http::OtherStatus;

/// A reason to refuse a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// Entra's number for it, as in `AADSTS7000215`.
    pub(super) number: u32,
    /// OAuth's word for it.
    pub(super) error: &'static str,
    pub(super) status: OtherStatus,
    description: &'static str,
}

/// A request that is refused, with what is wrong with it in particular.
#[derive(Debug)]
pub(super) struct OauthError {
    pub(super) refusal: &'static Refusal,
    pub(super) message: String,
}

impl Refusal {
    /// Refuses a request for this reason alone.
    pub(super) fn plain(&'static self) -> OauthError {
        self.of("")
    }

    /// Refuses a request that has this.
    pub(super) fn of(&'static self, what: &str) -> OauthError {
        OauthError { refusal: self, message: self.description.replace("{}", what) }
    }
}

macro_rules! refusals {
    ($($name:ident = $number:literal $status:ident $error:literal $description:literal;)*) => {
        $(pub(super) static $name: Refusal = Refusal {
            number: $number, error: $error, status: OtherStatus::$status, description: $description,
        };)*

        /// The refusal of a number.
        pub(super) fn by_number(number: &str) -> Option<&'static Refusal> {
            [$(&$name),*].into_iter().find(|refusal| refusal.number.to_string() == number)
        }
    };
}

impl Refusal {
    /// The description, for the page that explains the number.
    pub(super) fn explained(&self) -> String {
        self.description.replace("{}", "…")
    }
}

refusals! {
    MISSING_PARAMETER = 900_144 Wrong "invalid_request" "The request body must contain the following parameter: '{}'.";
    MALFORMED = 9_002_313 Wrong "invalid_request" "Invalid request. Request is malformed or invalid. {}";
    MALFORMED_GRANT = 9_002_313 Wrong "invalid_grant" "Invalid request. Request is malformed or invalid. {}";
    UNKNOWN_GRANT_TYPE = 70003 Wrong "unsupported_grant_type" "The app requested an unsupported grant type '{}'.";
    UNKNOWN_RESPONSE_TYPE = 700_054 Wrong "unsupported_response_type" "response_type '{}' is not enabled for the application; the dev issuer has 'code'.";
    MALFORMED_TENANT = 900_023 Wrong "invalid_request" "Specified tenant identifier '{}' is neither a valid DNS name, nor a valid external domain.";
    UNKNOWN_TENANT = 90002 Wrong "invalid_request" "Tenant '{}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud; the seed file lists the tenants there are.";
    PERSONAL_TENANT = 9_002_346 Wrong "invalid_request" "The application is configured for use by Azure Active Directory users only. Please do not use the /consumers endpoint to serve this request.";

    UNKNOWN_APPLICATION = 700_016 Wrong "unauthorized_client" "Application with identifier '{}' was not found in the directory. The seed file lists the applications there are.";
    DISABLED_APPLICATION = 7_000_112 Wrong "unauthorized_client" "Application '{}' is disabled.";
    WRONG_SECRET = 7_000_215 Unauthenticated "invalid_client" "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{}'.";
    NO_PROOF = 7_000_218 Unauthenticated "invalid_client" "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
    UNWANTED_PROOF = 700_025 Unauthenticated "invalid_client" "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.";
    BAD_ASSERTION = 700_027 Unauthenticated "invalid_client" "The certificate with identifier used to sign the client assertion is not registered on application, or the assertion does not hold: {}";
    ASSERTION_CLIENT = 700_021 Unauthenticated "invalid_client" "Client assertion application identifier doesn't match 'client_id' parameter: '{}'.";
    ASSERTION_AUDIENCE = 700_023 Unauthenticated "invalid_client" "Client assertion audience claim does not match the token endpoint of this tenant: '{}'.";
    ASSERTION_TIME = 700_024 Unauthenticated "invalid_client" "Client assertion is not within its valid time range.";
    FEDERATED_ISSUER = 700_211 Unauthenticated "invalid_client" "No matching federated identity record found for presented assertion issuer '{}'.";
    FEDERATED_SUBJECT = 700_213 Unauthenticated "invalid_client" "No matching federated identity record found for presented assertion subject '{}'.";

    UNKNOWN_REDIRECT_URI = 50011 Wrong "invalid_request" "The redirect URI '{}' specified in the request does not match the redirect URIs configured for the application.";
    OTHER_REDIRECT_URI = 500_112 Wrong "invalid_grant" "The reply address '{}' does not match the reply address provided when requesting Authorization code.";
    OTHER_CLIENT = 700_005 Wrong "invalid_grant" "Provided Authorization Code or Refresh Token is intended to use against other tenant or application, thus rejected.";
    SPENT_CODE = 54005 Wrong "invalid_grant" "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.";
    EXPIRED_CODE = 70008 Wrong "invalid_grant" "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.";
    EXPIRED_REFRESH_TOKEN = 700_082 Wrong "invalid_grant" "The refresh token has expired due to inactivity.";
    EXPIRED_SPA_REFRESH_TOKEN = 700_084 Wrong "invalid_grant" "The refresh token was issued to a single page app (SPA), and therefore has a fixed, limited lifetime of 1.00:00:00, which can't be extended.";
    VERIFIER_MISMATCH = 501_481 Wrong "invalid_grant" "The Code_Verifier does not match the code_challenge supplied in the authorization request.";
    CHALLENGE_SIZE = 501_491 Wrong "invalid_request" "Invalid size of Code_Challenge parameter.";
    PKCE_NEEDED = 9_002_325 Wrong "invalid_request" "Proof Key for Code Exchange is required for cross-origin authorization code redemption.";
    CROSS_ORIGIN = 9_002_326 Wrong "invalid_request" "Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type. Request origin: '{}'.";
    NOT_CROSS_ORIGIN = 9_002_327 Wrong "invalid_request" "Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests.";

    INVALID_SCOPE = 70011 Wrong "invalid_scope" "The provided value for the input parameter 'scope' is not valid. {}";
    NOT_DEFAULT_SCOPE = 1_002_012 Wrong "invalid_scope" "The provided value for scope '{}' is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).";
    TWO_RESOURCES = 28000 Wrong "invalid_scope" "Provided value for the input parameter scope is not valid because it contains more than one resource. Scope '{}'.";
    UNKNOWN_RESOURCE = 500_011 Wrong "invalid_resource" "The resource principal named '{}' was not found in the tenant.";
    UNKNOWN_SCOPE = 650_053 Wrong "invalid_scope" "The application asked for scope '{}' that doesn't exist on the resource.";
    NO_CONSENT = 65001 Wrong "invalid_grant" "The user or administrator has not consented to use the application with the permissions {}. Send an interactive authorization request for this user and resource.";
    DECLINED = 65004 Wrong "access_denied" "The user declined to consent to access the app.";
    SIGN_IN_NEEDED = 50058 Wrong "login_required" "A silent sign-in request was sent but no user is signed in: the dev issuer keeps no session.";
    UNKNOWN_USER = 50034 Wrong "invalid_grant" "The user account '{}' does not exist in the directory. To sign into this application, the account must be added to the directory.";
    WRONG_PASSWORD = 50126 Wrong "invalid_grant" "Error validating credentials due to invalid username or password. Users of the dev issuer have no passwords: sign in by the authorization code or the device code.";

    PENDING = 70016 Wrong "authorization_pending" "OAuth 2.0 device flow error. Authorization is pending. Continue polling.";
    UNKNOWN_DEVICE_CODE = 70018 Wrong "bad_verification_code" "Invalid verification code: it was not issued by this tenant to this client. {}";
    EXPIRED_DEVICE_CODE = 70020 Wrong "expired_token" "The device code has expired. Ask for another.";
    DECLINED_DEVICE_CODE = 65004 Wrong "authorization_declined" "The user declined the authorization request.";

    BAD_USER_ASSERTION = 50013 Wrong "invalid_grant" "Assertion failed signature validation, or is not a user's access token: {}";
    USER_ASSERTION_AUDIENCE = 500_131 Wrong "invalid_grant" "Assertion audience does not match the Client app presenting the assertion. The audience in the assertion was '{}'.";
    USER_ASSERTION_TIME = 500_133 Wrong "invalid_grant" "Assertion is not within its valid time range.";
}
