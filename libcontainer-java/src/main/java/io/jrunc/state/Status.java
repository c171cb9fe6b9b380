package io.jrunc.state;

/** Where a container is in its life. Source: OCI runtime.md#state, plus paused. */
public enum Status
{
    CREATING("creating"), CREATED("created"), RUNNING("running"), PAUSED("paused"), STOPPED("stopped");

    private final String word;

    Status(String word)
    {
        this.word = word;
    }

    public String word()
    {
        return word;
    }
}
