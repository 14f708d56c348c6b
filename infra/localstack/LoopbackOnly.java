import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;
import java.util.Set;

/**
 * Keeps a Java server on the loopback interface: what it would bind to every interface is bound to 127.0.0.1.
 *
 * DynamoDB Local binds all interfaces and has no option for it. This is Java's own place to say otherwise
 * (-Djava.nio.channels.spi.SelectorProvider=LoopbackOnly); nothing of DynamoDB Local is touched.
 */
public final class LoopbackOnly extends SelectorProvider {
    private final SelectorProvider system = sun.nio.ch.DefaultSelectorProvider.get();

    @Override
    public ServerSocketChannel openServerSocketChannel() throws IOException {
        return new Listener(this, system.openServerSocketChannel());
    }

    // A server that listens through these would not be kept: nothing here opens them for a server.
    @Override
    public ServerSocketChannel openServerSocketChannel(ProtocolFamily family) throws IOException {
        throw new UnsupportedOperationException("only internet sockets of the default family");
    }

    @Override
    public SocketChannel openSocketChannel() throws IOException {
        return system.openSocketChannel();
    }

    @Override
    public SocketChannel openSocketChannel(ProtocolFamily family) throws IOException {
        return system.openSocketChannel(family);
    }

    @Override
    public DatagramChannel openDatagramChannel() throws IOException {
        return system.openDatagramChannel();
    }

    @Override
    public DatagramChannel openDatagramChannel(ProtocolFamily family) throws IOException {
        return system.openDatagramChannel(family);
    }

    @Override
    public Pipe openPipe() throws IOException {
        return system.openPipe();
    }

    @Override
    public AbstractSelector openSelector() throws IOException {
        return system.openSelector();
    }

    /** A listening channel, the system's own but for the address. It accepts by blocking; no selector takes it. */
    private static final class Listener extends ServerSocketChannel {
        private final ServerSocketChannel system;

        Listener(SelectorProvider provider, ServerSocketChannel system) {
            super(provider);
            this.system = system;
        }

        @Override
        public ServerSocketChannel bind(SocketAddress address, int backlog) throws IOException {
            int port = address instanceof InetSocketAddress given ? given.getPort() : 0;
            system.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port), backlog);
            return this;
        }

        @Override
        public SocketChannel accept() throws IOException {
            return system.accept();
        }

        @Override
        public ServerSocket socket() {
            ServerSocket socket = system.socket();
            if (!socket.isBound()) {
                // Binding through it would go round `bind`.
                throw new UnsupportedOperationException("bind the channel itself");
            }
            return socket;
        }

        @Override
        public SocketAddress getLocalAddress() throws IOException {
            return system.getLocalAddress();
        }

        @Override
        public <T> ServerSocketChannel setOption(SocketOption<T> option, T value) throws IOException {
            system.setOption(option, value);
            return this;
        }

        @Override
        public <T> T getOption(SocketOption<T> option) throws IOException {
            return system.getOption(option);
        }

        @Override
        public Set<SocketOption<?>> supportedOptions() {
            return system.supportedOptions();
        }

        @Override
        protected void implCloseSelectableChannel() throws IOException {
            system.close();
        }

        @Override
        protected void implConfigureBlocking(boolean block) throws IOException {
            system.configureBlocking(block);
        }
    }
}
