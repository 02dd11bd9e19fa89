using PeerProxy.Protocol.Identity;
using PeerProxy.Protocol.Signaling;
using PeerProxy.Signaling.Hosting;
using PeerProxy.Signaling.Limits;
using PeerProxy.Signaling.Registry;
using PeerProxy.Signaling.Routing;
using PeerProxy.Signaling.Telemetry;
using PeerProxy.Signaling.Turn;

namespace PeerProxy.Signaling.Connections;

/// <summary>Registers agents: proof of the key, claim of the id, and news to the connection that had the id before.</summary>
internal sealed class AgentRegistrar(
    NodeIdentity node, ConnectionTable connections, IPeerRegistry registry, MessageRouter router, AddressLimiter addresses,
    TurnCredentialIssuer turn, SignalingOptions options, SignalingMetrics metrics, TimeProvider time, ILogger<AgentRegistrar> logger)
{
    // At a million claimed ids one draw in 900 collides, so five in a row never do.
    private const int RandomIdDraws = 5;

    // One registration of an id at a time on this node keeps the table in the order of the registry; a power of two of independent locks is enough.
    private readonly SemaphoreSlim[] _gates = [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(1, 1))];

    /// <summary>Handles an <c>idRequest</c>; answers on the connection.</summary>
    public async ValueTask RegisterAsync(SignalingConnection connection, IdRequestPayload request)
    {
        var (code, registration) = await TryRegisterAsync(connection, request).ConfigureAwait(false);
        metrics.Registration(code);
        if (registration is null)
        {
            SignalingLog.RegistrationRefused(logger, connection.Id, code);
            connection.Refuse(code, SignalingMessageType.IdRequest);
            connection.AddViolation();
            return;
        }
        SignalingLog.Registered(logger, registration.Id.Value, connection.Id);
    }

    /// <summary>Ends the registration of a socket that closed, unless the id leads elsewhere by now.</summary>
    public async ValueTask ReleaseAsync(SignalingConnection connection)
    {
        if (connection.Registration is { } registration && connections.RemoveAgent(registration.Id, connection))
        {
            await registry.ReleaseAsync(registration, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async ValueTask<(SignalingErrorCode Code, PeerRegistration? Registration)> TryRegisterAsync(
        SignalingConnection connection, IdRequestPayload request)
    {
        if (connection.Registration is not null)
        {
            return (SignalingErrorCode.BadMessage, null);
        }
        if (!addresses.TryRegister(connection.Address))
        {
            return (SignalingErrorCode.RateLimited, null);
        }
        var wantsRandom = string.IsNullOrEmpty(request.Name);
        var id = default(PeerId);
        if (!wantsRandom && !PeerId.TryParse(request.Name, out id))
        {
            return (SignalingErrorCode.NameInvalid, null);
        }
        if (!PeerPublicKey.TryParse(request.PublicKey, out var key))
        {
            return (SignalingErrorCode.BadSignature, null);
        }
        using (key)
        {
            if (!SignedStatements.VerifyRegistration(key, request.Signature, connection.Nonce, request.Name, request.Epoch))
            {
                return (SignalingErrorCode.BadSignature, null);
            }
        }
        for (var draw = 1; ; draw++)
        {
            var wanted = wantsRandom ? PeerId.Random() : id;
            var registration = new PeerRegistration(
                wanted, key.KeyHash, node.Route, connection.Id, request.Epoch, time.GetUtcNow().ToUnixTimeMilliseconds());
            var code = await CommitAsync(connection, registration).ConfigureAwait(false);
            if (code == SignalingErrorCode.None)
            {
                return (code, registration);
            }
            if (code != SignalingErrorCode.NameTaken || !wantsRandom || draw == RandomIdDraws)
            {
                return (code, null);
            }
        }
    }

    private async ValueTask<SignalingErrorCode> CommitAsync(SignalingConnection connection, PeerRegistration registration)
    {
        var gate = _gates[(registration.Id.GetHashCode() & int.MaxValue) % _gates.Length];
        SignalingConnection? former;
        await gate.WaitAsync().ConfigureAwait(false);
        try
        {
            var result = await registry.RegisterAsync(registration, CancellationToken.None).ConfigureAwait(false);
            if (result.Status != RegistrationStatus.Registered)
            {
                return result.Status switch
                {
                    RegistrationStatus.NameTaken => SignalingErrorCode.NameTaken,
                    RegistrationStatus.Superseded => SignalingErrorCode.Superseded,
                    RegistrationStatus.Full => SignalingErrorCode.Busy,
                    _ => SignalingErrorCode.Unavailable,
                };
            }
            connection.Register(registration);
            // Before the table leads here: an agent expects to know its id before the first offer.
            connection.Send(new IdAssignedPayload(
                registration.Id.Value, options.UrlOf(registration.Id), registration.Epoch, (int)options.Lease.TotalSeconds));
            connection.MarkServersIssued();
            connection.Send(turn.Issue(registration.Id.Value));
            former = connections.SetAgent(registration.Id, connection);
            if (result.Replaced is { } replaced && replaced.Route != node.Route)
            {
                await router.SupersedeAsync(registration.Id, replaced).ConfigureAwait(false);
            }
        }
        finally
        {
            gate.Release();
        }
        if (former is not null)
        {
            MessageRouter.Supersede(former);
        }
        return SignalingErrorCode.None;
    }
}
