using PeerProxy.Protocol.Signaling;
using PeerProxy.Signaling.Routing;
using PeerProxy.Signaling.Telemetry;

namespace PeerProxy.Signaling.Connections;

/// <summary>Decides what a message of a socket means: one switch for agents, one for visitors.</summary>
internal sealed class MessageHandler(AgentRegistrar registrar, MessageRouter router, SignalingMetrics metrics)
{
    /// <summary>Handles one message; every failure is an <c>error</c> to the socket.</summary>
    public async ValueTask HandleAsync(SignalingConnection connection, ReadOnlyMemory<byte> message)
    {
        metrics.Received(message.Length);
        if (!SignalingCodec.TryRead(message.Span, out var envelope, out var error, out var messageType))
        {
            Refuse(connection, error, messageType);
            return;
        }
        switch (envelope!.Payload)
        {
            case PingPayload ping:
                connection.Send(new PongPayload(ping.T));
                return;
            case PongPayload:
                return;
        }
        var result = connection.IsVisitor
            ? await HandleVisitorAsync(connection, envelope).ConfigureAwait(false)
            : await HandleAgentAsync(connection, envelope).ConfigureAwait(false);
        if (result != SignalingErrorCode.None)
        {
            Refuse(connection, result, messageType);
        }
    }

    private async ValueTask<SignalingErrorCode> HandleVisitorAsync(SignalingConnection visitor, SignalingEnvelope envelope)
    {
        // A visitor's socket is for one agent, so that nobody searches for ids with one socket.
        if (envelope.Recipient is not null && envelope.Recipient != visitor.Peer!.Value.Value)
        {
            return SignalingErrorCode.BadMessage;
        }
        switch (envelope.Payload)
        {
            case OfferPayload when !visitor.TryTakeOffer():
                return SignalingErrorCode.RateLimited;
            case OfferPayload or CandidatePayload or LeavePayload:
                return await router.ToAgentAsync(visitor, visitor.Peer!.Value, envelope.Payload).ConfigureAwait(false);
            default:
                return SignalingErrorCode.UnknownType;
        }
    }

    private async ValueTask<SignalingErrorCode> HandleAgentAsync(SignalingConnection agent, SignalingEnvelope envelope)
    {
        switch (envelope.Payload)
        {
            case IdRequestPayload request:
                await registrar.RegisterAsync(agent, request).ConfigureAwait(false);
                return SignalingErrorCode.None;
            case AnswerPayload or CandidatePayload or LeavePayload or ErrorPayload:
                if (agent.Registration is null)
                {
                    return SignalingErrorCode.NotRegistered;
                }
                return VisitorId.TryParse(envelope.Recipient, out var visitor)
                    ? await router.ToVisitorAsync(agent, visitor, envelope.Payload).ConfigureAwait(false)
                    : SignalingErrorCode.UnknownPeer;
            default:
                return SignalingErrorCode.UnknownType;
        }
    }

    private static void Refuse(SignalingConnection connection, SignalingErrorCode code, string? about)
    {
        connection.Refuse(code, about);
        // An agent cannot know that a visitor has just left, nor a visitor that its agent has.
        if (code is not (SignalingErrorCode.PeerOffline or SignalingErrorCode.UnknownPeer or SignalingErrorCode.Unavailable))
        {
            connection.AddViolation();
        }
    }
}
