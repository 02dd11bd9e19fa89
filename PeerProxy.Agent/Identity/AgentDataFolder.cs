namespace PeerProxy.Agent.Identity;

/// <summary>Where an agent keeps its key.</summary>
public static class AgentDataFolder
{
    /// <summary>The environment variable that names the folder.</summary>
    public const string EnvironmentVariable = "PEERPROXY_HOME";

    /// <summary><c>$PEERPROXY_HOME</c>; else <c>peerproxy</c> in the user's data folder (<c>$XDG_DATA_HOME</c> or <c>~/.local/share</c>,
    /// <c>~/Library/Application Support</c>, <c>%LocalAppData%</c>).</summary>
    /// <exception cref="AgentKeyStoreException">There is neither.</exception>
    public static string Default()
    {
        if (Environment.GetEnvironmentVariable(EnvironmentVariable) is { Length: > 0 } chosen)
        {
            return Path.GetFullPath(chosen);
        }
        var data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return data.Length > 0
            ? Path.Combine(data, "peerproxy")
            : throw new AgentKeyStoreException($"There is no home folder to keep the key in; set {EnvironmentVariable} to a folder.");
    }
}
