using System.Text;

namespace PeerProxy.WebRtc.Ice;

/// <summary>The credentials of both sides between two restarts, in the forms the messages need.</summary>
internal sealed class IceGeneration(IceCredentials local)
{
    public IceCredentials Local { get; } = local;

    /// <summary>Key of requests to this side and of its responses.</summary>
    public byte[] LocalKey { get; } = Encoding.UTF8.GetBytes(local.Password);

    public byte[] LocalFragment { get; } = Encoding.UTF8.GetBytes(local.UsernameFragment);

    public IceCredentials? Remote { get; private set; }

    /// <summary>Key of this side's requests and of the responses to them; empty while the remote description is unknown.</summary>
    public byte[] RemoteKey { get; private set; } = [];

    /// <summary>USERNAME of this side's requests.</summary>
    public byte[] CheckUsername { get; private set; } = [];

    public bool CanCheck => Remote is not null;

    public void SetRemote(IceCredentials remote)
    {
        Remote = remote;
        RemoteKey = Encoding.UTF8.GetBytes(remote.Password);
        CheckUsername = Encoding.UTF8.GetBytes($"{remote.UsernameFragment}:{Local.UsernameFragment}");
    }
}
