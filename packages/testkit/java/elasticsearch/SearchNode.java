import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginsLoader;

/** One Elasticsearch node. Arguments: its home with config below, and the folder of its modules. */
public final class SearchNode {
    private static final int CLOSE_SECONDS = 15;

    private SearchNode() {}

    public static void main(String[] args) throws Exception {
        Path home = Path.of(args[0]);
        Settings settings = Settings.builder().put("path.home", home).build();
        Environment environment = InternalSettingsPreparer.prepareEnvironment(
            settings, Map.of(), home.resolve("config"), () -> "stack");
        LogConfigurator.configure(environment, true);
        // The last argument: the server's jars lie on the class path, so there is no Java module that exports to plugins.
        PluginsLoader plugins = PluginsLoader.createPluginsLoader(
            PluginsLoader.loadModulesBundles(Path.of(args[1])), Set.of(), Map.of(), false);
        Node node = new Node(environment, plugins);
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> close(node, ended)));
        try {
            node.start();
        } catch (Exception failure) {
            failure.printStackTrace(); // a port in use, say: the node's other threads would keep a useless process alive
            System.exit(1);
        }
        ended.await();
    }

    private static void close(Node node, CountDownLatch ended) {
        try {
            node.close();
            node.awaitClose(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (Exception failure) {
            failure.printStackTrace();
        } finally {
            ended.countDown();
        }
    }
}
