import com.azure.core.credential.TokenCredential;
import com.azure.core.credential.TokenRequestContext;
import com.azure.identity.AuthorizationCodeCredentialBuilder;
import com.azure.identity.ClientAssertionCredentialBuilder;
import com.azure.identity.ClientCertificateCredentialBuilder;
import com.azure.identity.ClientSecretCredentialBuilder;
import com.azure.identity.DeviceCodeCredentialBuilder;
import com.azure.identity.OnBehalfOfCredentialBuilder;
import com.microsoft.aad.msal4j.AuthorizationCodeParameters;
import com.microsoft.aad.msal4j.AuthorizationRequestUrlParameters;
import com.microsoft.aad.msal4j.ClientCredentialFactory;
import com.microsoft.aad.msal4j.ClientCredentialParameters;
import com.microsoft.aad.msal4j.ConfidentialClientApplication;
import com.microsoft.aad.msal4j.DeviceCodeFlowParameters;
import com.microsoft.aad.msal4j.IAuthenticationResult;
import com.microsoft.aad.msal4j.IClientCredential;
import com.microsoft.aad.msal4j.InteractiveRequestParameters;
import com.microsoft.aad.msal4j.OnBehalfOfParameters;
import com.microsoft.aad.msal4j.PublicClientApplication;
import com.microsoft.aad.msal4j.SilentParameters;
import com.microsoft.aad.msal4j.SystemBrowserOptions;
import com.microsoft.aad.msal4j.UserAssertion;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * MSAL and azure-identity against the dev issuer, with nothing but their documented options.
 *
 * <p>Takes ORIGIN and the ids and secrets of the seed that the test server was started with. Exits 0 if all went well.
 */
public class SignInTest {
    static final String ORIGIN = System.getenv("ORIGIN"), TENANT = System.getenv("TENANT");
    static final String DAEMON = System.getenv("DAEMON"), TOOL = System.getenv("TOOL");
    static final String SECRET = System.getenv("SECRET"), ASSERTION = System.getenv("ASSERTION");
    static final String CERTIFICATE = System.getenv("CERTIFICATE");
    static final String USER = "bob@contoso.example", NATIVE = "http://localhost:51234", WEB = "http://localhost/web";
    static final String AUTHORITY = ORIGIN + "/" + TENANT + "/";
    static final Set<String> DEFAULT = Set.of("https://graph.microsoft.com/.default");
    static final Set<String> SCOPES =
        Set.of("https://graph.microsoft.com/DeviceManagementServiceConfig.ReadWrite.All");
    static final Set<String> API = Set.of("api://" + DAEMON + "/access_as_user");
    static final HttpClient HTTP = HttpClient.newHttpClient();

    /** The hidden fields of a page's form. */
    static Map<String, String> hidden(String page) {
        Map<String, String> fields = new LinkedHashMap<>();
        Pattern.compile("<input type=\"hidden\" name=\"([^\"]*)\" value=\"([^\"]*)\">").matcher(page).results()
            .forEach(input -> fields.put(input.group(1), input.group(2).replace("&amp;", "&")));
        return fields;
    }

    static HttpResponse<String> post(String address, Map<String, String> fields) throws Exception {
        String form = fields.entrySet().stream().map(field -> field.getKey() + "=" + encoded(field.getValue()))
            .collect(Collectors.joining("&"));
        return send(HttpRequest.newBuilder(URI.create(address))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(form)));
    }

    /** What a person does at the sign-in page; where it leads, or the page that comes next. */
    static String signIn(String address, Map<String, String> more) {
        try {
            Map<String, String> fields = hidden(send(HttpRequest.newBuilder(URI.create(address))).body());
            fields.put("user", USER);
            fields.putAll(more);
            HttpResponse<String> answer = post(address.split("\\?")[0], fields);
            return answer.headers().firstValue("Location").orElse(answer.body());
        } catch (Exception error) {
            throw new IllegalStateException(error);
        }
    }

    /** Signs in and goes back to the application, as a browser does: by the redirection, or by the form. */
    static void follow(String address) {
        try {
            String next = signIn(address, Map.of());
            Matcher action = Pattern.compile("<form method=\"post\" action=\"([^\"]*)\"").matcher(next);
            if (action.find()) {
                post(action.group(1), hidden(next));
            } else {
                send(HttpRequest.newBuilder(URI.create(next)));
            }
        } catch (Exception error) {
            throw new IllegalStateException(error);
        }
    }

    static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** The code with which the sign-in page leads back: in the address, or in the form. */
    static String codeOf(String next) {
        if (!next.startsWith("http")) {
            return hidden(next).get("code");
        }
        return URLDecoder.decode(next.replaceAll(".*[?&]code=([^&]*).*", "$1"), StandardCharsets.UTF_8);
    }

    /** The token opens Graph. */
    static void holds(String token) throws Exception {
        String address = ORIGIN + "/beta/deviceManagement/windowsAutopilotDeviceIdentities";
        HttpResponse<String> answer =
            send(HttpRequest.newBuilder(URI.create(address)).header("Authorization", "Bearer " + token));
        check(answer.statusCode() == 200, answer.body());
    }

    static void check(boolean holds, String message) {
        if (!holds) {
            throw new AssertionError(message);
        }
    }

    static ConfidentialClientApplication daemon(IClientCredential credential) throws Exception {
        return ConfidentialClientApplication.builder(DAEMON, credential).authority(AUTHORITY).validateAuthority(false)
            .instanceDiscovery(false).build();
    }

    static PublicClientApplication tool() throws Exception {
        return PublicClientApplication.builder(TOOL).authority(AUTHORITY).validateAuthority(false)
            .instanceDiscovery(false).build();
    }

    static void msalForItself() throws Exception {
        String pem = Files.readString(Path.of(CERTIFICATE));
        String key = pem.replaceAll("(?s).*-----BEGIN PRIVATE KEY-----(.*)-----END PRIVATE KEY-----.*", "$1");
        PrivateKey privateKey = KeyFactory.getInstance("RSA")
            .generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(key)));
        String certificate = pem.substring(pem.indexOf("-----BEGIN CERTIFICATE-----"));
        X509Certificate publicKey = (X509Certificate) CertificateFactory.getInstance("X.509")
            .generateCertificate(new java.io.ByteArrayInputStream(certificate.getBytes(StandardCharsets.US_ASCII)));
        List<IClientCredential> credentials = List.of(
            ClientCredentialFactory.createFromSecret(SECRET),
            ClientCredentialFactory.createFromCertificate(privateKey, publicKey),
            ClientCredentialFactory.createFromClientAssertion(ASSERTION));
        for (IClientCredential credential : credentials) {
            holds(daemon(credential).acquireToken(ClientCredentialParameters.builder(DEFAULT).build()).get()
                .accessToken());
        }
        try {
            daemon(ClientCredentialFactory.createFromSecret("wrong"))
                .acquireToken(ClientCredentialParameters.builder(DEFAULT).build()).get();
            throw new AssertionError("a wrong secret is taken");
        } catch (java.util.concurrent.ExecutionException refused) {
            check(refused.getMessage().contains("AADSTS7000215"), refused.getMessage());
        }
    }

    static IAuthenticationResult byCode(PublicClientApplication app, Set<String> scopes) throws Exception {
        String verifier = "a-verifier-of-at-least-forty-three-characters";
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(verifier.getBytes(StandardCharsets.US_ASCII));
        String challenge = Base64.getUrlEncoder().withoutPadding().encodeToString(digest);
        String page = app.getAuthorizationRequestUrl(AuthorizationRequestUrlParameters.builder(NATIVE, scopes)
            .codeChallenge(challenge).codeChallengeMethod("S256").build()).toString();
        String code = codeOf(signIn(page, Map.of()));
        return app.acquireToken(AuthorizationCodeParameters.builder(code, URI.create(NATIVE)).scopes(scopes)
            .codeVerifier(verifier).build()).get();
    }

    static void msalForAUser() throws Exception {
        PublicClientApplication app = tool();
        IAuthenticationResult result = byCode(app, SCOPES);
        holds(result.accessToken());
        check(result.account().username().equals(USER), result.account().username());
        SilentParameters.SilentParametersBuilder silent = SilentParameters.builder(SCOPES, result.account());
        String cached = app.acquireTokenSilently(silent.build()).get().accessToken();
        check(cached.equals(result.accessToken()), "nothing is cached");
        // Without its URL the library refreshes at the cached host, which has no port.
        holds(app.acquireTokenSilently(silent.authorityUrl(AUTHORITY).forceRefresh(true).build()).get().accessToken());
        SystemBrowserOptions browser = SystemBrowserOptions.builder()
            .openBrowserAction(url -> new Thread(() -> follow(url.toString())).start()).build();
        holds(app.acquireToken(InteractiveRequestParameters.builder(URI.create("http://localhost")).scopes(SCOPES)
            .systemBrowserOptions(browser).build()).get().accessToken());
        holds(app.acquireToken(DeviceCodeFlowParameters.builder(SCOPES,
            code -> signIn(code.verificationUri(), Map.of("user_code", code.userCode()))).build()).get().accessToken());
    }

    static void azureIdentity() throws Exception {
        String assertion = byCode(tool(), API).accessToken();
        holds(daemon(ClientCredentialFactory.createFromSecret(SECRET))
            .acquireToken(OnBehalfOfParameters.builder(SCOPES, new UserAssertion(assertion)).build()).get()
            .accessToken());
        String page = ORIGIN + "/" + TENANT + "/oauth2/v2.0/authorize?client_id=" + DAEMON
            + "&response_type=code&scope=" + encoded(SCOPES.iterator().next()) + "&redirect_uri=" + encoded(WEB);
        Map<TokenCredential, Set<String>> credentials = Map.of(
            new ClientSecretCredentialBuilder().authorityHost(ORIGIN).disableInstanceDiscovery().tenantId(TENANT)
                .clientId(DAEMON).clientSecret(SECRET).build(), DEFAULT,
            new ClientCertificateCredentialBuilder().authorityHost(ORIGIN).disableInstanceDiscovery().tenantId(TENANT)
                .clientId(DAEMON).pemCertificate(CERTIFICATE).build(), DEFAULT,
            new ClientAssertionCredentialBuilder().authorityHost(ORIGIN).disableInstanceDiscovery().tenantId(TENANT)
                .clientId(DAEMON).clientAssertion(() -> ASSERTION).build(), DEFAULT,
            new AuthorizationCodeCredentialBuilder().authorityHost(ORIGIN).disableInstanceDiscovery().tenantId(TENANT)
                .clientId(DAEMON).clientSecret(SECRET).authorizationCode(codeOf(signIn(page, Map.of())))
                .redirectUrl(WEB).build(), SCOPES,
            new DeviceCodeCredentialBuilder().authorityHost(ORIGIN).disableInstanceDiscovery().tenantId(TENANT)
                .clientId(TOOL)
                .challengeConsumer(code -> signIn(code.getVerificationUrl(), Map.of("user_code", code.getUserCode())))
                .build(), SCOPES,
            new OnBehalfOfCredentialBuilder().authorityHost(ORIGIN).disableInstanceDiscovery().tenantId(TENANT)
                .clientId(DAEMON).clientSecret(SECRET).userAssertion(assertion).build(), SCOPES);
        for (Map.Entry<TokenCredential, Set<String>> entry : credentials.entrySet()) {
            TokenRequestContext request = new TokenRequestContext().addScopes(entry.getValue().toArray(String[]::new));
            holds(entry.getKey().getTokenSync(request).getToken());
        }
    }

    public static void main(String[] arguments) throws Exception {
        msalForItself();
        msalForAUser();
        azureIdentity();
        System.out.println("signed in with MSAL for Java and azure-identity");
        // The libraries leave threads behind.
        System.exit(0);
    }
}
