package io.jrunc.host;

import io.jrunc.os.UserNames;

/** Users of this host. */
public final class Users
{
    private Users() {}

    /** {@code root}, or {@code #1234} for a user that has no name here. */
    public static String name(long uid)
    {
        return UserNames.of(uid);
    }
}
