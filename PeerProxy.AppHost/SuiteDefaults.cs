namespace PeerProxy.AppHost;

/// <summary>What both worlds agree on, so that the link, the settings and the names of the parts are the same whichever one runs.</summary>
public static class SuiteDefaults
{
    /// <summary>The edge's port on a development machine.</summary>
    public const int EdgePort = 5080;

    /// <summary>The peer id of the exposed demo site.</summary>
    public const string SiteName = "demo";

    /// <summary>Replicas of the signaling node: two, so that routing between nodes is exercised.</summary>
    public const int SignalingNodes = 2;

    /// <summary>The visitor's URL of a site, with <c>{id}</c> for its name.</summary>
    public static string PublicUrl(int edgePort) => $"http://{{id}}.localhost:{edgePort}";
}
