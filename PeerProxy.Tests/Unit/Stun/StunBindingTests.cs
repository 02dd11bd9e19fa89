using PeerProxy.Tests.Simulation.Ice;
using PeerProxy.WebRtc;
using PeerProxy.WebRtc.Stun;

namespace PeerProxy.Tests.Unit.Stun;

public sealed class StunBindingTests
{
    private readonly byte[] _buffer = new byte[200];
    private readonly TransportAddress _server;
    private readonly TransportAddress _mapped;
    private Timestamp _now = new(1_000_000);

    public StunBindingTests()
    {
        TransportAddress.TryParse("198.51.100.1", 3478, out _server);
        TransportAddress.TryParse("203.0.113.5", 40_000, out _mapped);
    }

    [Fact]
    public void Binding_WhenAnswered_KnowsTheAddressAndKeepsAsking()
    {
        var binding = new StunBinding(_server, new SeededRandom(1), _now);
        byte[] request = Poll(binding)!;
        _now += TimeSpan.FromMilliseconds(30);
        Assert.True(binding.Handle(Answer(request, _mapped), _server, _now));

        Assert.Equal(_mapped, binding.MappedAddress);
        Assert.Equal(TimeSpan.FromMilliseconds(30), binding.RoundTripTime);
        Assert.True(binding.TryPollChange());
        Assert.False(binding.TryPollChange());
        Assert.Equal(_now + StunBinding.KeepaliveInterval, binding.NextDeadline);

        _now = binding.NextDeadline;
        binding.HandleTimeout(_now);
        byte[] keepalive = Poll(binding)!;
        Assert.NotEqual(request, keepalive);
        TransportAddress moved = _mapped.WithPort(40_001);
        Assert.True(binding.Handle(Answer(keepalive, moved), _server, _now));
        Assert.True(binding.TryPollChange());
        Assert.Equal(moved, binding.MappedAddress);
    }

    [Fact]
    public void Binding_WithoutAnswer_TriesSevenTimesThenPauses()
    {
        var binding = new StunBinding(_server, new SeededRandom(1), _now);
        var waits = new List<double>();
        int requests = 0;
        while (!binding.HasFailed)
        {
            requests += Poll(binding) is null ? 0 : 1;
            waits.Add((binding.NextDeadline - _now).TotalMilliseconds);
            _now = binding.NextDeadline;
            binding.HandleTimeout(_now);
        }

        Assert.Equal(7, requests);
        Assert.Equal([250, 500, 1000, 2000, 4000, 8000, 4000], waits);
        Assert.Equal(_now + StunBinding.RetryAfterFailure, binding.NextDeadline);
        _now = binding.NextDeadline;
        binding.HandleTimeout(_now);
        Assert.True(binding.Handle(Answer(Poll(binding)!, _mapped), _server, _now));
        Assert.False(binding.HasFailed);
    }

    [Fact]
    public void Binding_FromElsewhereOrForAnotherRequest_IsNotTaken()
    {
        var binding = new StunBinding(_server, new SeededRandom(1), _now);
        byte[] request = Poll(binding)!;
        Assert.False(binding.Handle(Answer(request, _mapped), _mapped, _now));
        byte[] other = [.. request];
        other[10] ^= 1;
        Assert.False(binding.Handle(Answer(other, _mapped), _server, _now));
        Assert.False(binding.Handle(request, _server, _now));
        Assert.Null(binding.MappedAddress);
    }

    private byte[]? Poll(StunBinding binding) => binding.TryPollTransmit(_buffer, out int length) ? _buffer[..length] : null;

    private static byte[] Answer(byte[] request, TransportAddress mapped)
    {
        var buffer = new byte[100];
        var writer = new StunMessageWriter(
            buffer, StunClass.SuccessResponse, StunMethod.Binding, StunTransactionId.Read(request.AsSpan(8)));
        writer.AddXorAddress(StunAttributeType.XorMappedAddress, mapped);
        return buffer[..writer.Length];
    }
}
