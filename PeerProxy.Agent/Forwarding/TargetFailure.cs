using System.Net.Sockets;
using System.Security.Authentication;

namespace PeerProxy.Agent.Forwarding;

/// <summary>Why there is no response from the target.</summary>
public enum TargetFailureKind
{
    /// <summary>Nothing listens there.</summary>
    Refused,

    /// <summary>No connection, or no response head, in time.</summary>
    Timeout,

    /// <summary>No TLS session.</summary>
    Tls,

    /// <summary>The host name does not resolve.</summary>
    Unresolved,

    /// <summary>It answered with something that is not HTTP, or closed without an answer.</summary>
    Protocol,
}

/// <summary>A failure to get a response, for the visitor (<c>pp-error</c> and a status) and for the person at the agent.</summary>
/// <param name="Message">What happened and the likely cause, in one or two sentences.</param>
public sealed record TargetFailure(TargetFailureKind Kind, string Message)
{
    /// <summary>The value of <c>pp-error</c>.</summary>
    public string Code => Kind switch
    {
        TargetFailureKind.Refused => "target-refused",
        TargetFailureKind.Timeout => "target-timeout",
        TargetFailureKind.Tls => "target-tls",
        TargetFailureKind.Unresolved => "target-unresolved",
        _ => "target-protocol",
    };

    public int Status => Kind == TargetFailureKind.Timeout ? 504 : 502;

    public static TargetFailure From(Exception exception, TargetAddress target)
    {
        for (var inner = exception; inner is not null; inner = inner.InnerException)
        {
            switch (inner)
            {
                case AuthenticationException:
                    return new TargetFailure(TargetFailureKind.Tls, $"No secure connection to {target}: {inner.Message} A self-signed certificate needs --insecure.");
                case SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain }:
                    return new TargetFailure(TargetFailureKind.Unresolved, $"The name {target.Origin.Host} cannot be resolved.");
                case SocketException { SocketErrorCode: SocketError.TimedOut }:
                case TimeoutException:
                    return new TargetFailure(TargetFailureKind.Timeout, $"{target} did not answer in time.");
                case SocketException { SocketErrorCode: SocketError.ConnectionRefused or SocketError.AddressNotAvailable }:
                    return new TargetFailure(TargetFailureKind.Refused, $"Nothing listens on {target}. Is the web server running?");
                case SocketException socket when exception is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError }:
                    return new TargetFailure(TargetFailureKind.Refused, $"{target} cannot be reached: {socket.Message}");
            }
        }

        return exception is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError }
            ? new TargetFailure(TargetFailureKind.Tls, $"{target} does not speak TLS. Is it an http:// server?")
            : new TargetFailure(TargetFailureKind.Protocol, $"{target} closed the connection without a valid HTTP response. An https:// server needs https:// in the target.");
    }
}
