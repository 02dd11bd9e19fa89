namespace PeerProxy.WebClient.Hosting;

/// <summary>Settings of the edge, section <c>Edge</c>.</summary>
public sealed class EdgeOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Edge";

    /// <summary>
    /// The domain whose first-level labels are peer ids, without a leading dot. Default <c>localhost</c>: browsers resolve <c>*.localhost</c> to the
    /// loopback address and treat it as a secure context, so a development machine needs neither DNS nor certificates.
    /// </summary>
    public string Domain { get; set; } = "localhost";

    /// <summary>Folder of the compiled browser client. Default: <c>client</c> beside the program.</summary>
    public string ClientRoot { get; set; } = Path.Combine(AppContext.BaseDirectory, "client");

    /// <summary>Whether each script that a browser starts comes as one file. Default true; false keeps the modules apart, with their source maps, for a debugger.</summary>
    public bool Bundle { get; set; } = true;
}
