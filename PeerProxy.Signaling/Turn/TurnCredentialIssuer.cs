using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PeerProxy.Protocol.Signaling;

namespace PeerProxy.Signaling.Turn;

/// <summary>Makes time-limited TURN credentials: the user name is expiry and id, the password its HMAC-SHA1 (coturn's <c>use-auth-secret</c>).</summary>
internal sealed class TurnCredentialIssuer(TurnOptions options, TimeProvider time)
{
    private readonly byte[] _secret = Encoding.UTF8.GetBytes(options.Secret ?? "");

    /// <summary>How long after issuing new credentials are due; null when nothing expires.</summary>
    public TimeSpan? RenewAfter => options.Uris.Count == 0 ? null : options.Lifetime - options.RenewBefore;

    /// <summary>The servers for one connection.</summary>
    /// <param name="id">Peer or visitor id; part of the user name, so that coturn's log and quota tell users apart.</param>
    public IceServersPayload Issue(string id)
    {
        var servers = new List<IceServer>(2);
        if (options.StunUris.Count > 0)
        {
            servers.Add(new IceServer(options.StunUris));
        }
        long expiresAt = 0;
        if (options.Uris.Count > 0)
        {
            var expiry = (time.GetUtcNow() + options.Lifetime).ToUnixTimeSeconds();
            var username = string.Create(CultureInfo.InvariantCulture, $"{expiry}:{id}");
            var credential = Convert.ToBase64String(HMACSHA1.HashData(_secret, Encoding.UTF8.GetBytes(username)));
            servers.Add(new IceServer(options.Uris, username, credential));
            expiresAt = expiry * 1000;
        }
        return new IceServersPayload(servers, expiresAt);
    }
}
