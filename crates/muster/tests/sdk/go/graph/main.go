// The Go SDK against a running server: create, get, list, filter, page, update and delete, for each resource.
//
// Takes what `muster env` prints: GRAPH_BASE_URL, MUSTER_TOKEN and SSL_CERT_FILE. Exits 0 if all went well.
//
// msgraph-sdk-go has the resources of /v1.0. Of those that only /beta has, the models of beta.go follow the interfaces of the
// SDK's own library, kiota, by hand: to the server they are the same client, but what msgraph-beta-sdk-go generates is not
// tested here.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	kiota "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoft/kiota-abstractions-go/serialization"
	azure "github.com/microsoft/kiota-authentication-azure-go"
	json "github.com/microsoft/kiota-serialization-json-go"
	text "github.com/microsoft/kiota-serialization-text-go"
	core "github.com/microsoftgraph/msgraph-sdk-go-core"
	"github.com/microsoftgraph/msgraph-sdk-go/devicemanagement"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/models/odataerrors"
)

var ctx = context.Background()

func need[T any](value T, err error) T {
	if err != nil {
		panic(describe(err))
	}
	return value
}

func must(err error) {
	if err != nil {
		panic(describe(err))
	}
}

// describe says what the server answered.
func describe(err error) string {
	var refused *odataerrors.ODataError
	if errors.As(err, &refused) && refused.GetErrorEscaped() != nil {
		return fmt.Sprint(refused.ResponseStatusCode, " ", *refused.GetErrorEscaped().GetMessage())
	}
	return err.Error()
}

func check(holds bool, message ...any) {
	if !holds {
		panic(fmt.Sprint(message...))
	}
}

func of[T any](value T) *T { return &value }

// isGone checks that an entity is no more.
func isGone[T any](_ T, err error) {
	var refused *odataerrors.ODataError
	check(errors.As(err, &refused) && refused.ResponseStatusCode == http.StatusNotFound, "it is still there: ", err)
	check(*refused.GetErrorEscaped().GetCode() == "ResourceNotFound", "another code")
}

// token is a credential that has its token already.
type token struct{}

func (token) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: os.Getenv("MUSTER_TOKEN"), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// adapterOf makes what the SDK's clients are made of, for one version of Graph.
func adapterOf(version string) *core.GraphRequestAdapterBase {
	base := os.Getenv("GRAPH_BASE_URL")
	// Without its name among the valid hosts, a server gets no token.
	hosts := []string{need(url.Parse(base)).Hostname(), need(url.Parse(base)).Host}
	scopes := []string{"https://graph.microsoft.com/.default"}
	authentication := need(azure.NewAzureIdentityAuthenticationProviderWithScopesAndValidHosts(token{}, scopes, hosts))
	adapter := need(core.NewGraphRequestAdapterBase(authentication, core.GraphClientOptions{}))
	adapter.SetBaseUrl(base + "/" + version)
	return adapter
}

// paged reads all pages of a list, from its first.
func paged[T any](adapter *core.GraphRequestAdapterBase, first any, factory serialization.ParsableFactory) []T {
	var seen []T
	pages := need(core.NewPageIterator[T](first, adapter, factory))
	must(pages.Iterate(ctx, func(item T) bool {
		seen = append(seen, item)
		return true
	}))
	return seen
}

func deviceIdentities(adapter *core.GraphRequestAdapterBase, management *devicemanagement.DeviceManagementRequestBuilder) {
	builder := management.WindowsAutopilotDeviceIdentities()
	var ids []string
	for at := range 5 {
		identity := models.NewWindowsAutopilotDeviceIdentity()
		identity.SetSerialNumber(of(fmt.Sprint("G-", at)))
		identity.SetGroupTag(of("Go"))
		ids = append(ids, *need(builder.Post(ctx, identity, nil)).GetId())
	}
	first := need(builder.Get(ctx, &devicemanagement.WindowsAutopilotDeviceIdentitiesRequestBuilderGetRequestConfiguration{
		QueryParameters: &devicemanagement.WindowsAutopilotDeviceIdentitiesRequestBuilderGetQueryParameters{
			Filter: of("startswith(serialNumber,'G-')"), Orderby: []string{"serialNumber"}, Count: of(true), Top: of(int32(2)),
		},
	}))
	check(*first.GetOdataCount() == 5 && len(first.GetValue()) == 2, "another first page")
	seen := paged[models.WindowsAutopilotDeviceIdentityable](
		adapter, first, models.CreateWindowsAutopilotDeviceIdentityCollectionResponseFromDiscriminatorValue)
	check(len(seen) == 5 && *seen[4].GetSerialNumber() == "G-4", "not every page was read")
	item := builder.ByWindowsAutopilotDeviceIdentityId(ids[3])
	change := models.NewWindowsAutopilotDeviceIdentity()
	change.SetDisplayName(of("Front desk"))
	need(item.Patch(ctx, change, nil))
	update := devicemanagement.NewWindowsAutopilotDeviceIdentitiesItemUpdateDevicePropertiesPostRequestBody()
	update.SetGroupTag(of("Kiosk"))
	must(item.UpdateDeviceProperties().Post(ctx, update, nil))
	read := need(item.Get(ctx, nil))
	check(*read.GetDisplayName() == "Front desk" && *read.GetGroupTag() == "Kiosk", "not as it was changed")
	check(read.GetLastContactedDateTime().Year() == 1, "a device that never came")
	must(item.Delete(ctx, nil))
	isGone(item.Get(ctx, nil))
}

func importedIdentities(adapter *core.GraphRequestAdapterBase, management *devicemanagement.DeviceManagementRequestBuilder) {
	builder := management.ImportedWindowsAutopilotDeviceIdentities()
	var ids []string
	for at := range 3 {
		identity := models.NewImportedWindowsAutopilotDeviceIdentity()
		identity.SetSerialNumber(of(fmt.Sprint("I-", at)))
		identity.SetHardwareIdentifier([]byte("hash"))
		ids = append(ids, *need(builder.Post(ctx, identity, nil)).GetId())
	}
	first := need(builder.Get(ctx, &devicemanagement.ImportedWindowsAutopilotDeviceIdentitiesRequestBuilderGetRequestConfiguration{
		QueryParameters: &devicemanagement.ImportedWindowsAutopilotDeviceIdentitiesRequestBuilderGetQueryParameters{
			Filter: of("startswith(serialNumber,'I-')"), Top: of(int32(2)),
		},
	}))
	seen := paged[models.ImportedWindowsAutopilotDeviceIdentityable](
		adapter, first, models.CreateImportedWindowsAutopilotDeviceIdentityCollectionResponseFromDiscriminatorValue)
	check(len(seen) == 3, "not every page was read")
	body := devicemanagement.NewImportedWindowsAutopilotDeviceIdentitiesImportPostRequestBody()
	identity := models.NewImportedWindowsAutopilotDeviceIdentity()
	identity.SetSerialNumber(of("I"))
	identity.SetImportId(of("ours"))
	identity.SetHardwareIdentifier([]byte("hash"))
	body.SetImportedWindowsAutopilotDeviceIdentities([]models.ImportedWindowsAutopilotDeviceIdentityable{identity})
	answer := need(builder.ImportEscaped().PostAsImportPostResponse(ctx, body, nil)).GetValue()
	check(len(answer) == 1 && *answer[0].GetImportId() == "ours", "another import")
	item := builder.ByImportedWindowsAutopilotDeviceIdentityId(ids[0])
	change := models.NewImportedWindowsAutopilotDeviceIdentity()
	change.SetGroupTag(of("Go"))
	need(item.Patch(ctx, change, nil))
	read := need(item.Get(ctx, nil))
	check(*read.GetGroupTag() == "Go" && string(read.GetHardwareIdentifier()) == "hash", "not as it was written")
	must(item.Delete(ctx, nil))
	isGone(item.Get(ctx, nil))
}

func main() {
	kiota.RegisterDefaultSerializer(func() serialization.SerializationWriterFactory { return json.NewJsonSerializationWriterFactory() })
	kiota.RegisterDefaultDeserializer(func() serialization.ParseNodeFactory { return json.NewJsonParseNodeFactory() })
	kiota.RegisterDefaultDeserializer(func() serialization.ParseNodeFactory { return text.NewTextParseNodeFactory() })
	v1 := adapterOf("v1.0")
	management := devicemanagement.NewDeviceManagementRequestBuilderInternal(map[string]string{"baseurl": v1.GetBaseUrl()}, v1)
	deviceIdentities(v1, management)
	importedIdentities(v1, management)
	beta := adapterOf("beta")
	passwords(beta)
	configurations(beta)
	fmt.Println("the Go SDK can do all of it")
}
