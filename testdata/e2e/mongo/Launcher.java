import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.DefaultQueryMatcher;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.backend.memory.MemoryDatabase;
import de.bwaldvogel.mongo.backend.memory.index.MemoryUniqueIndex;
import de.bwaldvogel.mongo.bson.Document;
import io.netty.channel.Channel;
import java.util.List;

/**
 * A server that speaks MongoDB's wire protocol and keeps everything in memory: `java -cp 'DIR/*' Launcher.java PORT`.
 *
 * It says that it is MongoDB 7.0, which PyMongo asks for, and knows two things more than mongo-java-server: sessions,
 * whose ids it ignores, and partial unique indexes. It has no transactions, and keeps a TTL index without expiring anything.
 */
public class Launcher extends MemoryBackend {
    private static final MongoVersion VERSION = new MongoVersion() {
        @Override
        public List<Integer> getVersionArray() {
            return List.of(7, 0, 0);
        }

        @Override
        public int getWireVersion() {
            return 21;
        }
    };

    @Override
    public Document handleCommand(Channel channel, String database, String command, Document query) {
        Document reply = super.handleCommand(channel, database, command, query);
        if (command.equalsIgnoreCase("ismaster")) {
            reply.append("logicalSessionTimeoutMinutes", 30);
        }
        return reply;
    }

    @Override
    public MemoryDatabase openOrCreateDatabase(String name) {
        return new Database(name, getCursorRegistry());
    }

    private static class Database extends MemoryDatabase {
        private Document filter;

        Database(String name, CursorRegistry cursors) {
            super(name, cursors);
        }

        @Override
        protected void addIndex(Document description) {
            filter = (Document) description.get("partialFilterExpression");
            super.addIndex(description);
        }

        @Override
        protected Index<Integer> openOrCreateUniqueIndex(String collection, String name, List<IndexKey> keys, boolean sparse) {
            if (filter == null) {
                return super.openOrCreateUniqueIndex(collection, name, keys, sparse);
            }
            return new PartialIndex(name, keys, filter);
        }
    }

    /** A unique index of the documents that fit its filter. */
    private static class PartialIndex extends MemoryUniqueIndex {
        private final DefaultQueryMatcher matcher = new DefaultQueryMatcher();
        private final Document filter;

        PartialIndex(String name, List<IndexKey> keys, Document filter) {
            super(name, keys, true);
            this.filter = filter;
        }

        @Override
        public synchronized void checkAdd(Document document, MongoCollection<Integer> collection) {
            if (matcher.matches(document, filter)) {
                super.checkAdd(document, collection);
            }
        }

        @Override
        public synchronized void add(Document document, Integer position, MongoCollection<Integer> collection) {
            if (matcher.matches(document, filter)) {
                super.add(document, position, collection);
            }
        }

        @Override
        public synchronized Integer remove(Document document) {
            return matcher.matches(document, filter) ? super.remove(document) : null;
        }

        @Override
        public synchronized void checkUpdate(Document before, Document after, MongoCollection<Integer> collection) {
            if (matcher.matches(before, filter)) {
                super.checkUpdate(before, after, collection);
            } else {
                checkAdd(after, collection);
            }
        }

        @Override
        public void updateInPlace(Document before, Document after, Integer position, MongoCollection<Integer> collection) {
            remove(before);
            add(after, position, collection);
        }

        @Override
        public synchronized boolean canHandle(Document query) {
            return false;
        }
    }

    public static void main(String[] arguments) {
        MongoServer server = new MongoServer(new Launcher().version(VERSION));
        server.bind("127.0.0.1", Integer.parseInt(arguments[0]));
        System.out.println(server.getConnectionString());
    }
}
