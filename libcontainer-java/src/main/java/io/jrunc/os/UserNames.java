package io.jrunc.os;

import jnr.posix.POSIX;
import jnr.posix.POSIXFactory;
import jnr.posix.Passwd;

/** Names of users, from whatever the host's C library asks: passwd file, LDAP. */
public final class UserNames
{
    private static final int ROOT = 0;

    private static final class Library
    {
        private static final POSIX POSIX = POSIXFactory.getNativePOSIX();
    }

    private UserNames() {}

    /** {@code root}, or {@code #1234} for a user that has no name here. */
    public static String of(long uid)
    {
        // Asked without the library: it costs a one-shot engine more than all the rest of a list.
        if (uid == ROOT) {
            return "root";
        }
        Passwd entry = Library.POSIX.getpwuid((int) uid);
        return entry == null ? "#" + uid : entry.getLoginName();
    }
}
