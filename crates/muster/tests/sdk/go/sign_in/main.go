// MSAL and azidentity against the dev issuer, with nothing but their documented options.
//
// Takes ORIGIN and the ids and secrets of the seed that the test server was started with. Exits 0 if all went well.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"
)

const (
	user   = "bob@contoso.example"
	native = "http://localhost:51234"
)

var (
	ctx       = context.Background()
	origin    = os.Getenv("ORIGIN")
	tenant    = os.Getenv("TENANT")
	daemon    = os.Getenv("DAEMON")
	tool      = os.Getenv("TOOL")
	secret    = os.Getenv("SECRET")
	authority = origin + "/" + tenant
	byDefault = []string{"https://graph.microsoft.com/.default"}
	scopes    = []string{"https://graph.microsoft.com/DeviceManagementServiceConfig.ReadWrite.All"}
	api       = []string{"api://" + daemon + "/access_as_user"}
)

func need[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// holds checks that the token opens Graph.
func holds(token string) {
	request := need(http.NewRequest("GET", origin+"/beta/deviceManagement/windowsAutopilotDeviceIdentities", nil))
	request.Header.Set("Authorization", "Bearer "+token)
	if response := need(http.DefaultClient.Do(request)); response.StatusCode != http.StatusOK {
		panic(response.Status + " " + body(response))
	}
}

// refused checks that an error has Entra's number.
func refused(err error, number string) {
	if err == nil || !strings.Contains(err.Error(), "AADSTS"+number) {
		panic(fmt.Sprintf("not refused with %s: %v", number, err))
	}
}

func assertion(context.Context) (string, error) { return os.Getenv("ASSERTION"), nil }

func confidentialClient(credential confidential.Credential) confidential.Client {
	return need(confidential.New(authority, daemon, credential, confidential.WithInstanceDiscovery(false)))
}

func msalForItself() {
	certificates, key, err := confidential.CertFromPEM(need(os.ReadFile(os.Getenv("CERTIFICATE"))), "")
	need(key, err)
	credentials := []confidential.Credential{
		need(confidential.NewCredFromSecret(secret)),
		need(confidential.NewCredFromCert(certificates, key)),
		confidential.NewCredFromAssertionCallback(
			func(ctx context.Context, _ confidential.AssertionRequestOptions) (string, error) { return assertion(ctx) },
		),
	}
	for _, credential := range credentials {
		holds(need(confidentialClient(credential).AcquireTokenByCredential(ctx, byDefault)).AccessToken)
	}
	wrong := confidentialClient(need(confidential.NewCredFromSecret("wrong")))
	_, err = wrong.AcquireTokenByCredential(ctx, byDefault)
	refused(err, "7000215")
}

func publicClient() public.Client {
	return need(public.New(tool, public.WithAuthority(authority), public.WithInstanceDiscovery(false)))
}

// byCode signs the user in with a code and PKCE.
func byCode(client public.Client, scopes []string) public.AuthResult {
	const verifier = "a-verifier-of-at-least-forty-three-characters"
	digest := sha256.Sum256([]byte(verifier))
	challenge := base64.RawURLEncoding.EncodeToString(digest[:])
	page := need(client.AuthCodeURL(ctx, tool, native, scopes)) + "&code_challenge_method=S256&code_challenge=" + challenge
	code := codeOf(signIn(page, user))
	return need(client.AcquireTokenByAuthCode(ctx, code, native, scopes, public.WithChallenge(verifier)))
}

func msalForAUser() {
	client := publicClient()
	result := byCode(client, scopes)
	holds(result.AccessToken)
	silent := need(client.AcquireTokenSilent(ctx, scopes, public.WithSilentAccount(result.Account)))
	if result.Account.PreferredUsername != user || silent.AccessToken != result.AccessToken {
		panic("another user, or nothing cached")
	}
	holds(need(client.AcquireTokenInteractive(ctx, scopes, public.WithOpenURL(followed))).AccessToken)
	code := need(client.AcquireTokenByDeviceCode(ctx, scopes))
	signIn(code.Result.VerificationURL, user, "user_code", code.Result.UserCode)
	holds(need(code.AuthenticationResult(ctx)).AccessToken)
	_, err := client.AcquireTokenByUsernamePassword(ctx, scopes, user, "secret")
	refused(err, "50126")
}

func azureOptions() azcore.ClientOptions {
	return azcore.ClientOptions{Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: origin}}
}

func azureIdentity() {
	userAssertion := byCode(publicClient(), api).AccessToken
	onBehalf := confidentialClient(need(confidential.NewCredFromSecret(secret)))
	holds(need(onBehalf.AcquireTokenOnBehalfOf(ctx, userAssertion, scopes)).AccessToken)
	options := azureOptions()
	certificates, key, err := azidentity.ParseCertificates(need(os.ReadFile(os.Getenv("CERTIFICATE"))), nil)
	need(key, err)
	forItself := []azcore.TokenCredential{
		need(azidentity.NewClientSecretCredential(tenant, daemon, secret, &azidentity.ClientSecretCredentialOptions{
			ClientOptions: options, DisableInstanceDiscovery: true,
		})),
		need(azidentity.NewClientCertificateCredential(tenant, daemon, certificates, key, &azidentity.ClientCertificateCredentialOptions{
			ClientOptions: options, DisableInstanceDiscovery: true,
		})),
		need(azidentity.NewClientAssertionCredential(tenant, daemon, assertion, &azidentity.ClientAssertionCredentialOptions{
			ClientOptions: options, DisableInstanceDiscovery: true,
		})),
	}
	for _, credential := range forItself {
		holds(need(credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: byDefault})).Token)
	}
	forAUser := []azcore.TokenCredential{
		need(azidentity.NewDeviceCodeCredential(&azidentity.DeviceCodeCredentialOptions{
			ClientOptions: options, DisableInstanceDiscovery: true, TenantID: tenant, ClientID: tool,
			UserPrompt: func(_ context.Context, code azidentity.DeviceCodeMessage) error {
				signIn(code.VerificationURL, user, "user_code", code.UserCode)
				return nil
			},
		})),
		need(azidentity.NewOnBehalfOfCredentialWithSecret(tenant, daemon, userAssertion, secret, &azidentity.OnBehalfOfCredentialOptions{
			ClientOptions: options, DisableInstanceDiscovery: true,
		})),
	}
	for _, credential := range forAUser {
		holds(need(credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: scopes})).Token)
	}
}

func main() {
	msalForItself()
	msalForAUser()
	azureIdentity()
	fmt.Println("signed in with MSAL for Go and azidentity")
}
