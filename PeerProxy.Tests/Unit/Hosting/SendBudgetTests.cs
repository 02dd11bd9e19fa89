using PeerProxy.WebRtc.Hosting;

namespace PeerProxy.Tests.Unit.Hosting;

public sealed class SendBudgetTests
{
    [Fact]
    public void Limits_AtTheEdge_ChangeWithOneByte()
    {
        var budget = new SendBudget();
        budget.Add(HostingLimits.SharedQueueBytes);
        Assert.Equal(1_000_000, budget.LimitQueue(1_000_000));
        Assert.Equal(64_000, budget.LimitMessage(64_000));

        budget.Add(1);
        Assert.Equal(HostingLimits.LeastQueueBytes, budget.LimitQueue(1_000_000));
        Assert.Equal(HostingLimits.LeastQueueBytes / 4, budget.LimitMessage(64_000));
        Assert.Equal(4_096, budget.LimitMessage(4_096));

        budget.Add(-1);
        Assert.False(budget.IsSpent);
    }
}
