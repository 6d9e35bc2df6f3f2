import com.azure.core.credential.AccessToken;
import com.azure.core.credential.TokenCredential;
import com.microsoft.graph.beta.devicemanagement.DeviceManagementRequestBuilder;
import com.microsoft.graph.beta.models.HardwareConfiguration;
import com.microsoft.graph.beta.models.HardwareConfigurationFormat;
import com.microsoft.graph.beta.models.HardwarePasswordInfo;
import com.microsoft.graph.beta.models.HardwarePasswordInfoCollectionResponse;
import com.microsoft.graph.beta.models.ImportedWindowsAutopilotDeviceIdentity;
import com.microsoft.graph.beta.models.WindowsAutopilotDeviceIdentity;
import com.microsoft.graph.beta.models.odataerrors.ODataError;
import com.microsoft.graph.beta.serviceclient.GraphServiceClient;
import com.microsoft.graph.core.authentication.AzureIdentityAuthenticationProvider;
import com.microsoft.graph.core.requests.BaseGraphRequestAdapter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Mono;

/**
 * The Java SDK against a running server: create, get, list, filter, page, update and delete, for each resource.
 *
 * <p>Takes what `muster env` prints: GRAPH_BASE_URL and MUSTER_TOKEN. Exits 0 if all went well.
 */
public class GraphTest {
    static void check(boolean holds, String message) {
        if (!holds) {
            throw new AssertionError(message);
        }
    }

    static DeviceManagementRequestBuilder client() {
        AccessToken token = new AccessToken(System.getenv("MUSTER_TOKEN"), OffsetDateTime.now().plusHours(1));
        TokenCredential credential = request -> Mono.just(token);
        // Without its name among the allowed hosts, a server gets no token.
        String[] hosts = {URI.create(System.getenv("GRAPH_BASE_URL")).getHost()};
        AzureIdentityAuthenticationProvider provider =
            new AzureIdentityAuthenticationProvider(credential, hosts, "https://graph.microsoft.com/.default");
        BaseGraphRequestAdapter adapter = new BaseGraphRequestAdapter(provider);
        adapter.setBaseUrl(System.getenv("GRAPH_BASE_URL") + "/beta");
        return new GraphServiceClient(adapter).deviceManagement();
    }

    static void isGone(Runnable get) {
        try {
            get.run();
        } catch (ODataError error) {
            check(error.getResponseStatusCode() == 404, error.toString());
            return;
        }
        throw new AssertionError("it is still there");
    }

    static void hardwarePasswordInfo(DeviceManagementRequestBuilder management) {
        for (int at = 0; at < 5; at++) {
            HardwarePasswordInfo info = new HardwarePasswordInfo();
            info.setSerialNumber("P-" + at);
            // The SDK does not send what its model calls read-only, unless it is additional data.
            info.setAdditionalData(Map.of("currentPassword", "secret " + at));
            management.hardwarePasswordInfo().post(info);
        }
        List<HardwarePasswordInfo> seen = new ArrayList<>();
        HardwarePasswordInfoCollectionResponse page = management.hardwarePasswordInfo().get(request -> {
            request.queryParameters.filter = "startswith(serialNumber,'P-')";
            request.queryParameters.orderby = new String[] {"serialNumber"};
            request.queryParameters.count = true;
            request.queryParameters.top = 2;
        });
        check(page.getOdataCount() == 5, "the count is " + page.getOdataCount());
        while (page != null) {
            seen.addAll(page.getValue());
            String next = page.getOdataNextLink();
            page = next == null ? null : management.hardwarePasswordInfo().withUrl(next).get();
        }
        check(seen.size() == 5 && seen.get(4).getSerialNumber().equals("P-4"), "not every page was read");
        String id = seen.get(3).getId();
        HardwarePasswordInfo change = new HardwarePasswordInfo();
        change.setSerialNumber("Q");
        management.hardwarePasswordInfo().byHardwarePasswordInfoId(id).patch(change);
        HardwarePasswordInfo read = management.hardwarePasswordInfo().byHardwarePasswordInfoId(id).get();
        check(read.getSerialNumber().equals("Q") && read.getCurrentPassword().equals("secret 3"), "not as it was written");
        management.hardwarePasswordInfo().byHardwarePasswordInfoId(id).delete();
        isGone(() -> management.hardwarePasswordInfo().byHardwarePasswordInfoId(id).get());
    }

    static void hardwareConfigurations(DeviceManagementRequestBuilder management) {
        HardwareConfiguration configuration = new HardwareConfiguration();
        configuration.setDisplayName("Boot order");
        configuration.setFileName("boot.cctk");
        configuration.setConfigurationFileContent("[cctk]\n".getBytes(StandardCharsets.UTF_8));
        configuration.setHardwareConfigurationFormat(HardwareConfigurationFormat.Dell);
        String id = management.hardwareConfigurations().post(configuration).getId();
        HardwareConfiguration change = new HardwareConfiguration();
        change.setDescription("first the disk");
        management.hardwareConfigurations().byHardwareConfigurationId(id).patch(change);
        List<HardwareConfiguration> found = management.hardwareConfigurations().get(request -> {
            request.queryParameters.filter = "displayName eq 'Boot order'";
        }).getValue();
        check(found.size() == 1 && found.get(0).getDescription().equals("first the disk"), "not found as changed");
        management.hardwareConfigurations().byHardwareConfigurationId(id).delete();
        isGone(() -> management.hardwareConfigurations().byHardwareConfigurationId(id).get());
    }

    static void deviceIdentities(DeviceManagementRequestBuilder management) {
        WindowsAutopilotDeviceIdentity identity = new WindowsAutopilotDeviceIdentity();
        identity.setSerialNumber("J-1");
        identity.setGroupTag("Java");
        String id = management.windowsAutopilotDeviceIdentities().post(identity).getId();
        List<WindowsAutopilotDeviceIdentity> found = management.windowsAutopilotDeviceIdentities().get(request -> {
            request.queryParameters.filter = "contains(serialNumber,'J-1')";
        }).getValue();
        check(found.size() == 1 && found.get(0).getGroupTag().equals("Java"), "not found");
        WindowsAutopilotDeviceIdentity change = new WindowsAutopilotDeviceIdentity();
        change.setDisplayName("Front desk");
        management.windowsAutopilotDeviceIdentities().byWindowsAutopilotDeviceIdentityId(id).patch(change);
        management.windowsAutopilotDeviceIdentities().byWindowsAutopilotDeviceIdentityId(id).delete();
        isGone(() -> management.windowsAutopilotDeviceIdentities().byWindowsAutopilotDeviceIdentityId(id).get());
    }

    static void importedIdentities(DeviceManagementRequestBuilder management) {
        ImportedWindowsAutopilotDeviceIdentity identity = new ImportedWindowsAutopilotDeviceIdentity();
        identity.setSerialNumber("J-2");
        identity.setHardwareIdentifier("hash".getBytes(StandardCharsets.UTF_8));
        String id = management.importedWindowsAutopilotDeviceIdentities().post(identity).getId();
        List<ImportedWindowsAutopilotDeviceIdentity> found =
            management.importedWindowsAutopilotDeviceIdentities().get(request -> {
                request.queryParameters.filter = "serialNumber eq 'J-2'";
            }).getValue();
        check(found.size() == 1 && found.get(0).getId().equals(id), "not found");
        management.importedWindowsAutopilotDeviceIdentities().byImportedWindowsAutopilotDeviceIdentityId(id).delete();
    }

    public static void main(String[] arguments) {
        DeviceManagementRequestBuilder management = client();
        hardwarePasswordInfo(management);
        hardwareConfigurations(management);
        deviceIdentities(management);
        importedIdentities(management);
        System.out.println("the Java SDK can do all of it");
        System.exit(0);
    }
}
