package main

import (
	"fmt"

	kiota "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoft/kiota-abstractions-go/serialization"
	core "github.com/microsoftgraph/msgraph-sdk-go-core"
	"github.com/microsoftgraph/msgraph-sdk-go/models/odataerrors"
)

type (
	node          = serialization.ParseNode
	deserializers = map[string]func(node) error
)

// hardwarePasswordInfo is the entity of that name.
type hardwarePasswordInfo struct {
	id, serialNumber, currentPassword *string
}

func (info *hardwarePasswordInfo) GetFieldDeserializers() deserializers {
	return deserializers{
		"id": into(&info.id), "serialNumber": into(&info.serialNumber), "currentPassword": into(&info.currentPassword),
	}
}

func (info *hardwarePasswordInfo) Serialize(writer serialization.SerializationWriter) error {
	// The SDK does not send what its model calls read-only, unless it is additional data.
	additional := map[string]any{}
	if info.currentPassword != nil {
		additional["currentPassword"] = *info.currentPassword
	}
	return all(writer.WriteStringValue("serialNumber", info.serialNumber), writer.WriteAdditionalData(additional))
}

// hardwareConfiguration is the entity of that name.
type hardwareConfiguration struct {
	id, displayName, description, fileName, format *string
	content                                        []byte
}

func (configuration *hardwareConfiguration) GetFieldDeserializers() deserializers {
	return deserializers{
		"id":                          into(&configuration.id),
		"displayName":                 into(&configuration.displayName),
		"description":                 into(&configuration.description),
		"fileName":                    into(&configuration.fileName),
		"hardwareConfigurationFormat": into(&configuration.format),
		"configurationFileContent": func(value node) (err error) {
			configuration.content, err = value.GetByteArrayValue()
			return err
		},
	}
}

func (configuration *hardwareConfiguration) Serialize(writer serialization.SerializationWriter) error {
	return all(
		writer.WriteStringValue("displayName", configuration.displayName),
		writer.WriteStringValue("description", configuration.description),
		writer.WriteStringValue("fileName", configuration.fileName),
		writer.WriteStringValue("hardwareConfigurationFormat", configuration.format),
		writer.WriteByteArrayValue("configurationFileContent", configuration.content),
	)
}

// into reads a text.
func into(field **string) func(node) error {
	return func(value node) (err error) {
		*field, err = value.GetStringValue()
		return err
	}
}

func all(errors ...error) error {
	for _, err := range errors {
		if err != nil {
			return err
		}
	}
	return nil
}

// entity is an entity whose zero value can be read into.
type entity[T any] interface {
	*T
	serialization.Parsable
}

// page is a page of a list.
type page[T any, E entity[T]] struct {
	value    []E
	count    *int64
	nextLink *string
}

func (page *page[T, E]) GetValue() []E             { return page.value }
func (page *page[T, E]) GetOdataNextLink() *string { return page.nextLink }

func (page *page[T, E]) Serialize(serialization.SerializationWriter) error { return nil }

func (page *page[T, E]) GetFieldDeserializers() deserializers {
	return deserializers{
		"@odata.nextLink": into(&page.nextLink),
		"@odata.count": func(value node) (err error) {
			page.count, err = value.GetInt64Value()
			return err
		},
		"value": func(value node) error {
			items, err := value.GetCollectionOfObjectValues(create[T, E])
			for _, item := range items {
				page.value = append(page.value, item.(E))
			}
			return err
		},
	}
}

func create[T any, E entity[T]](node) (serialization.Parsable, error) { return E(new(T)), nil }

func createPage[T any, E entity[T]](node) (serialization.Parsable, error) { return &page[T, E]{}, nil }

// query is what a list may be asked for.
type query struct {
	Count   *bool    `uriparametername:"%24count"`
	Filter  *string  `uriparametername:"%24filter"`
	Orderby []string `uriparametername:"%24orderby"`
	Top     *int32   `uriparametername:"%24top"`
}

// set is a request builder of an entity set.
type set[T any, E entity[T]] struct {
	adapter *core.GraphRequestAdapterBase
	name    string
}

var errorMappings = kiota.ErrorMappings{"XXX": odataerrors.CreateODataErrorFromDiscriminatorValue}

// request is a request of the set, or of one entity if it is named.
func (set set[T, E]) request(method kiota.HttpMethod, id string, body serialization.Parsable) *kiota.RequestInformation {
	template := "{+baseurl}/deviceManagement/" + set.name
	parameters := map[string]string{"baseurl": set.adapter.GetBaseUrl()}
	if id != "" {
		template += "/{id}"
		parameters["id"] = id
	}
	request := kiota.NewRequestInformationWithMethodAndUrlTemplateAndPathParameters(
		method, template+"{?%24count,%24filter,%24orderby,%24top}", parameters)
	request.Headers.TryAdd("Accept", "application/json")
	if body != nil {
		must(request.SetContentFromParsable(ctx, set.adapter, "application/json", body))
	}
	return request
}

func (set set[T, E]) send(method kiota.HttpMethod, id string, body serialization.Parsable) (E, error) {
	answer, err := set.adapter.Send(ctx, set.request(method, id, body), create[T, E], errorMappings)
	if err != nil {
		return nil, err
	}
	return answer.(E), nil
}

func (set set[T, E]) list(asked query) *page[T, E] {
	request := set.request(kiota.GET, "", nil)
	request.AddQueryParameters(asked)
	return need(set.adapter.Send(ctx, request, createPage[T, E], errorMappings)).(*page[T, E])
}

func (set set[T, E]) delete(id string) {
	must(set.adapter.SendNoContent(ctx, set.request(kiota.DELETE, id, nil), errorMappings))
	isGone(set.send(kiota.GET, id, nil))
}

func passwords(adapter *core.GraphRequestAdapterBase) {
	set := set[hardwarePasswordInfo, *hardwarePasswordInfo]{adapter, "hardwarePasswordInfo"}
	for at := range 5 {
		need(set.send(kiota.POST, "", &hardwarePasswordInfo{
			serialNumber: of(fmt.Sprint("P-", at)), currentPassword: of(fmt.Sprint("secret ", at)),
		}))
	}
	first := set.list(query{
		Filter: of("startswith(serialNumber,'P-')"), Orderby: []string{"serialNumber"}, Count: of(true), Top: of(int32(2)),
	})
	check(*first.count == 5 && len(first.value) == 2, "another first page")
	seen := paged[*hardwarePasswordInfo](adapter, first, createPage[hardwarePasswordInfo])
	check(len(seen) == 5 && *seen[4].serialNumber == "P-4", "not every page was read")
	id := *seen[3].id
	need(set.send(kiota.PATCH, id, &hardwarePasswordInfo{serialNumber: of("Q")}))
	read := need(set.send(kiota.GET, id, nil))
	check(*read.serialNumber == "Q" && *read.currentPassword == "secret 3", "not as it was written")
	set.delete(id)
}

func configurations(adapter *core.GraphRequestAdapterBase) {
	set := set[hardwareConfiguration, *hardwareConfiguration]{adapter, "hardwareConfigurations"}
	id := *need(set.send(kiota.POST, "", &hardwareConfiguration{
		displayName: of("Boot order"), fileName: of("boot.cctk"), format: of("dell"), content: []byte("[cctk]\n"),
	})).id
	for at := range 2 {
		need(set.send(kiota.POST, "", &hardwareConfiguration{
			displayName: of(fmt.Sprint("Other ", at)), fileName: of("other.cctk"), format: of("dell"), content: []byte("[cctk]\n"),
		}))
	}
	need(set.send(kiota.PATCH, id, &hardwareConfiguration{description: of("first the disk")}))
	found := set.list(query{Filter: of("displayName eq 'Boot order'")}).value
	check(len(found) == 1 && *found[0].description == "first the disk", "not found as changed")
	seen := paged[*hardwareConfiguration](adapter, set.list(query{Top: of(int32(2))}), createPage[hardwareConfiguration])
	check(len(seen) == 3, "not every page was read")
	read := need(set.send(kiota.GET, id, nil))
	check(string(read.content) == "[cctk]\n" && *read.format == "dell", "not as it was written")
	set.delete(id)
}
