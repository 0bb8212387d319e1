import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.elasticsearch.Build;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.cluster.metadata.IndexNameExpressionResolver;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.common.io.stream.NamedWriteableRegistry;
import org.elasticsearch.common.settings.ClusterSettings;
import org.elasticsearch.common.settings.IndexScopedSettings;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.settings.SettingsFilter;
import org.elasticsearch.features.NodeFeature;
import org.elasticsearch.plugins.ActionPlugin;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestController;
import org.elasticsearch.rest.RestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.transport.netty4.Netty4Plugin;
import org.elasticsearch.xcontent.XContentBuilder;

/** The HTTP transport with the page that clients ask for first; the module that answers it in a distribution is no artefact. */
public final class RootPage extends Netty4Plugin implements ActionPlugin {
    @Override
    public Collection<RestHandler> getRestHandlers(Settings settings, NamedWriteableRegistry registry,
            RestController controller, ClusterSettings cluster, IndexScopedSettings indices, SettingsFilter filter,
            IndexNameExpressionResolver names, Supplier<DiscoveryNodes> nodes, Predicate<NodeFeature> features) {
        return List.of(new Handler(settings));
    }

    private static final class Handler extends BaseRestHandler {
        private final Settings settings;

        Handler(Settings settings) {
            this.settings = settings;
        }

        @Override
        public String getName() {
            return "stack_root_page";
        }

        @Override
        public List<Route> routes() {
            return List.of(new Route(RestRequest.Method.GET, "/"), new Route(RestRequest.Method.HEAD, "/"));
        }

        @Override
        protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
            return channel -> channel.sendResponse(new RestResponse(RestStatus.OK, page(channel.newBuilder())));
        }

        private XContentBuilder page(XContentBuilder json) throws IOException {
            json.startObject();
            json.field("name", settings.get("node.name"));
            json.field("cluster_name", settings.get("cluster.name"));
            json.startObject("version");
            json.field("number", Build.current().version());
            json.field("build_flavor", Build.current().flavor());
            json.endObject();
            json.field("tagline", "You Know, for Search"); // clients look for this sentence
            return json.endObject();
        }
    }
}
