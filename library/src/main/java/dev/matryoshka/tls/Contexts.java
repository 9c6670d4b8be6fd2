package dev.matryoshka.tls;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.NoSuchAlgorithmException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.KeyStoreBuilderParameters;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/** Makes SSLContexts of identities, among which {@link IdentityChooser} chooses, and of certificates to trust. */
final class Contexts {
    /** Key stores in memory want a password for their entries, whoever may read the memory. */
    private static final char[] NO_SECRET = {};

    private Contexts() {}

    /** The JDK's: its trust store, no identity, its system properties. Loads the trust store once per JVM. */
    static SSLContext system() {
        try {
            return SSLContext.getDefault();
        } catch (NoSuchAlgorithmException broken) {
            throw new IllegalStateException("the JVM's default SSLContext cannot be made", broken);
        }
    }

    /** @param trusted null for the JDK's trust store */
    static SSLContext of(List<TlsIdentity> identities, @Nullable List<X509Certificate> trusted) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keyManagers(identities), trustManagers(trusted), null);
            return context;
        } catch (GeneralSecurityException | IOException refused) {
            throw new IllegalArgumentException("no SSLContext can be made of " + identities, refused);
        }
    }

    private static KeyManager @Nullable [] keyManagers(List<TlsIdentity> identities)
            throws GeneralSecurityException, IOException {
        if (identities.isEmpty()) {
            return null;
        }
        KeyStore.ProtectionParameter password = new KeyStore.PasswordProtection(NO_SECRET);
        List<KeyStore.Builder> stores = new ArrayList<>();
        for (TlsIdentity identity : identities) {
            KeyStore store = emptyStore();
            store.setKeyEntry(
                    "identity", identity.key(), NO_SECRET, identity.chain().toArray(new Certificate[0]));
            stores.add(KeyStore.Builder.newInstance(store, password));
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
        factory.init(new KeyStoreBuilderParameters(stores));
        return new KeyManager[] {new IdentityChooser(identities, (X509ExtendedKeyManager) factory.getKeyManagers()[0])};
    }

    private static TrustManager @Nullable [] trustManagers(@Nullable List<X509Certificate> trusted)
            throws GeneralSecurityException, IOException {
        if (trusted == null) {
            return null;
        }
        KeyStore store = emptyStore();
        for (int i = 0; i < trusted.size(); i++) {
            store.setCertificateEntry("trusted-" + i, trusted.get(i));
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(store);
        return factory.getTrustManagers();
    }

    private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, NO_SECRET);
        return store;
    }
}
